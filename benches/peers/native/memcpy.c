// Plain copies: what workloads without scaling cost at least, and how fast the machine moves bytes.

#include "harness.h"

#include <string.h>

void prepare(const struct picture *picture, uint8_t *source) { (void)picture, (void)source; }

static void copy(struct plane from, struct plane to) {
    size_t row_bytes = (size_t)from.width * (is_rgba ? 4 : 1);
    if (from.stride == to.stride && row_bytes == (size_t)from.stride) {
        memcpy(to.data, from.data, row_bytes * from.height);
        return;
    }
    for (int y = 0; y < from.height; y++)
        memcpy(to.data + (size_t)y * to.stride, from.data + (size_t)y * from.stride, row_bytes);
}

void paint(const struct workload *workload, const struct set *set, int thread, int threads) {
    for (int picture = 0; picture < workload->count; picture++)
        for (int plane = 0; plane < plane_count(); plane++)
            copy(share_of(source_plane(workload, set, picture, plane), thread, threads),
                 share_of(target_plane(workload, set, picture, plane), thread, threads));
}
