// libyuv: planes by ScalePlane and, where a picture is not opaque, InterpolatePlane; RGBA by ARGBScale and ARGBBlend.
// The filter is the box, which libyuv itself narrows to two samples where it shrinks to more than half.

#include "harness.h"

#include <libyuv.h>
#include <stdlib.h>

// Where a picture is scaled before it is blended: each thread's own, as large as the largest canvas in RGBA.
static _Thread_local uint8_t *scaled;
enum { SCALED_BYTES = 3840 * 2160 * 4 };

static bool covers_canvas(const struct workload *workload, const struct picture *picture) {
    return picture->dst.width == workload->width && picture->dst.height == workload->height;
}

static bool is_same_size(struct plane a, struct plane b) { return a.width == b.width && a.height == b.height; }

// ARGBBlend takes premultiplied colours, and the alpha of each pixel.
void prepare(const struct picture *picture, uint8_t *source) {
    if (!is_rgba || picture->alpha >= 1) return;
    int alpha = (int)(picture->alpha * 255 + 0.5);
    size_t pixels = (size_t)picture->width * picture->height;
    for (uint8_t *pixel = source; pixel < source + pixels * 4; pixel += 4) {
        for (int channel = 0; channel < 3; channel++) pixel[channel] = (pixel[channel] * alpha + 127) / 255;
        pixel[3] = alpha;
    }
}

static void scale(struct plane from, struct plane to) {
    bool same = is_same_size(from, to);
    if (is_rgba && same)
        ARGBCopy(from.data, from.stride, to.data, to.stride, to.width, to.height);
    else if (is_rgba)
        ARGBScale(from.data, from.stride, from.width, from.height, to.data, to.stride, to.width, to.height, kFilterBox);
    else if (same)
        CopyPlane(from.data, from.stride, to.data, to.stride, to.width, to.height);
    else
        ScalePlane(from.data, from.stride, from.width, from.height, to.data, to.stride, to.width, to.height, kFilterBox);
}

static void blend(struct plane from, struct plane to, double alpha) {
    if (!scaled && !(scaled = aligned_alloc(64, SCALED_BYTES))) abort();
    if (!is_same_size(from, to)) {
        struct plane between = {scaled, to.width * (is_rgba ? 4 : 1), to.width, to.height};
        scale(from, between);
        from = between;
    }
    if (is_rgba)
        ARGBBlend(from.data, from.stride, to.data, to.stride, to.data, to.stride, to.width, to.height);
    else
        InterpolatePlane(to.data, to.stride, from.data, from.stride, to.data, to.stride, to.width, to.height,
                         (int)(alpha * 256 + 0.5));
}

void paint(const struct workload *workload, const struct set *set, int thread, int threads) {
    int first = 0;
    if (workload->count > 1 && covers_canvas(workload, &workload->pictures[0])) {
        for (int plane = 0; plane < plane_count(); plane++)
            scale(share_of(source_plane(workload, set, 0, plane), thread, threads),
                  share_of(target_plane(workload, set, 0, plane), thread, threads));
        meet();
        first = 1;
    }
    for (int picture; (picture = first + take()) < workload->count;)
        for (int plane = 0; plane < plane_count(); plane++) {
            struct plane from = source_plane(workload, set, picture, plane);
            struct plane to = target_plane(workload, set, picture, plane);
            double alpha = workload->pictures[picture].alpha;
            if (alpha < 1)
                blend(from, to, alpha);
            else
                scale(from, to);
        }
}
