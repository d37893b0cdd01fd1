// What every program here shares: workloads, buffers, threads, and the lines that ask for measurements.
//
//     PROGRAM WORKLOADS SOURCES i420|rgba
//
// answers lines of its standard input as ../../support/serve.rs does: "W3 1 warm" with "0.412 0.410" (milliseconds a frame,
// wall and CPU), "W3 1 dump PATH" with "done".
#ifndef HARNESS_H
#define HARNESS_H

#include <stdbool.h>
#include <stdint.h>

enum { MAX_PICTURES = 32 };

struct rect {
    int x, y, width, height;
};

struct picture {
    int width, height;
    struct rect crop, dst;
    double alpha;
};

struct workload {
    char name[16];
    int width, height, count;
    struct picture pictures[MAX_PICTURES];
};

// The buffers of one frame.
struct set {
    uint8_t *sources[MAX_PICTURES];
    uint8_t *canvas;
};

// Samples that are read or written: the crop of a source, or its place on the canvas.
struct plane {
    uint8_t *data;
    int stride, width, height;
};

extern bool is_rgba;

// 1 for RGBA, whose pixels count as one plane of 4 bytes each; 3 for I420. Widths are in pixels.
int plane_count(void);
struct plane source_plane(const struct workload *workload, const struct set *set, int picture, int plane);
struct plane target_plane(const struct workload *workload, const struct set *set, int picture, int plane);

// The share of a plane's rows that is one thread's.
struct plane share_of(struct plane plane, int thread, int threads);

// Within `paint`: the next picture that no thread has taken, from 0 on; and waiting until all threads are here.
int take(void);
void meet(void);

// What the program does. Paints a frame on every thread at once; the canvas is black where no picture stands.
void paint(const struct workload *workload, const struct set *set, int thread, int threads);
// What it does to a source before anything is measured.
void prepare(const struct picture *picture, uint8_t *source);

#endif
