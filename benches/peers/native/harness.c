#include "harness.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { MAX_WORKLOADS = 32, COLD_SETS = 40 };

// As in ../../support/serve.rs: what fills the caches again and does not count, and what counts.
static const double warm_up_ms = 10, turn_ms = 60;

bool is_rgba;

static struct workload workloads[MAX_WORKLOADS];
static int workload_count;
static const char *sources_directory;

static void die(const char *what) {
    fprintf(stderr, "%s\n", what);
    exit(1);
}

static double milliseconds(clockid_t clock) {
    struct timespec now;
    clock_gettime(clock, &now);
    return now.tv_sec * 1e3 + now.tv_nsec / 1e6;
}

static void read_workloads(const char *path) {
    FILE *file = fopen(path, "r");
    if (!file) die(path);
    for (char line[256]; fgets(line, sizeof line, file);) {
        if (line[0] == 'W') {
            if (workload_count == MAX_WORKLOADS) die("too many workloads");
            struct workload *workload = &workloads[workload_count++];
            if (sscanf(line, "W %15s %d %d", workload->name, &workload->width, &workload->height) != 3) die(line);
        } else if (line[0] == 'L') {
            struct workload *workload = &workloads[workload_count - 1];
            if (!workload_count || workload->count == MAX_PICTURES) die(line);
            struct picture *p = &workload->pictures[workload->count++];
            int found = sscanf(line, "L %d %d %d %d %d %d %d %d %d %d %lf", &p->width, &p->height, &p->crop.x,
                               &p->crop.y, &p->crop.width, &p->crop.height, &p->dst.x, &p->dst.y, &p->dst.width,
                               &p->dst.height, &p->alpha);
            if (found != 11) die(line);
        }
    }
    fclose(file);
}

static size_t frame_bytes(int width, int height) {
    size_t pixels = (size_t)width * height;
    return is_rgba ? pixels * 4 : pixels * 3 / 2;
}

int plane_count(void) { return is_rgba ? 1 : 3; }

static struct plane part(uint8_t *frame, int width, int height, struct rect rect, int plane) {
    if (is_rgba)
        return (struct plane){frame + ((size_t)rect.y * width + rect.x) * 4, width * 4, rect.width, rect.height};
    size_t pixels = (size_t)width * height;
    int shift = plane > 0;
    uint8_t *start = frame + (plane == 0 ? 0 : plane == 1 ? pixels : pixels * 5 / 4);
    int stride = width >> shift;
    start += (size_t)(rect.y >> shift) * stride + (rect.x >> shift);
    return (struct plane){start, stride, rect.width >> shift, rect.height >> shift};
}

struct plane source_plane(const struct workload *workload, const struct set *set, int picture, int plane) {
    const struct picture *p = &workload->pictures[picture];
    return part(set->sources[picture], p->width, p->height, p->crop, plane);
}

struct plane target_plane(const struct workload *workload, const struct set *set, int picture, int plane) {
    return part(set->canvas, workload->width, workload->height, workload->pictures[picture].dst, plane);
}

struct plane share_of(struct plane plane, int thread, int threads) {
    int first = plane.height * thread / threads, end = plane.height * (thread + 1) / threads;
    return (struct plane){plane.data + (size_t)first * plane.stride, plane.stride, plane.width, end - first};
}

static void *allocate(size_t bytes) {
    void *memory = aligned_alloc(64, (bytes + 63) & ~(size_t)63);
    if (!memory) die("out of memory");
    return memory;
}

// Every user and every set has memory of its own; set 0 shows what each user sends at first.
static uint8_t *load_source(const struct picture *picture, int user, int set) {
    char path[512];
    snprintf(path, sizeof path, "%s/%dx%d.%s", sources_directory, picture->width, picture->height,
             is_rgba ? "rgba" : "i420");
    FILE *file = fopen(path, "rb");
    if (!file) die(path);
    size_t bytes = frame_bytes(picture->width, picture->height);
    fseek(file, 0, SEEK_END);
    long frames = ftell(file) / (long)bytes;
    if (frames < 1) die(path);
    fseek(file, (user + set) % frames * (long)bytes, SEEK_SET);
    uint8_t *source = allocate(bytes);
    if (fread(source, 1, bytes, file) != bytes) die(path);
    fclose(file);
    prepare(picture, source);
    return source;
}

static void load_set(const struct workload *workload, struct set *set, int number) {
    for (int user = 0; user < workload->count; user++)
        set->sources[user] = load_source(&workload->pictures[user], user, number);
    size_t pixels = (size_t)workload->width * workload->height;
    set->canvas = allocate(frame_bytes(workload->width, workload->height));
    memset(set->canvas, is_rgba ? 0 : 16, is_rgba ? pixels * 4 : pixels);
    if (!is_rgba) memset(set->canvas + pixels, 128, pixels / 2);
}

static void free_set(const struct workload *workload, struct set *set) {
    for (int user = 0; user < workload->count; user++) free(set->sources[user]);
    free(set->canvas);
}

// One worker beside the main thread. Between turns it sleeps, so that other programs have the machine; within a turn both wait for
// each other awake, since waking a thread takes as long as a tenth of a frame.
static const struct workload *current;
static const struct set *current_set;
static int current_threads;
static bool is_turn_over;
static atomic_int taken;
static pthread_barrier_t turn;

int take(void) { return atomic_fetch_add(&taken, 1); }

void meet(void) {
    static atomic_uint arrived;
    if (current_threads < 2) return;
    unsigned both = (atomic_fetch_add(&arrived, 1) | 1) + 1;
    for (int tries = 0; (int)(atomic_load(&arrived) - both) < 0; tries++)
        if (tries > 10000) sched_yield();
}

static void *work(void *nothing) {
    for (;;) {
        pthread_barrier_wait(&turn);
        for (meet(); !is_turn_over; meet()) {
            paint(current, current_set, 1, 2);
            meet();
        }
    }
    return nothing;
}

static void begin_turn(const struct workload *workload, int threads) {
    current = workload, current_threads = threads;
    if (threads > 1) pthread_barrier_wait(&turn);
    // Only now has the worker seen the end of the turn before.
    is_turn_over = false;
}

static void paint_frame(const struct set *set) {
    current_set = set;
    atomic_store(&taken, 0);
    meet();
    paint(current, set, 0, current_threads);
    meet();
}

static void end_turn(void) {
    is_turn_over = true;
    meet();
}

struct cost {
    double wall_ms, cpu_ms;
};

static struct cost measure(const struct workload *workload, const struct set *sets, int set_count, int threads,
                           double least_ms) {
    static unsigned next;
    int frames = 0;
    begin_turn(workload, threads);
    double wall = milliseconds(CLOCK_MONOTONIC), cpu = milliseconds(CLOCK_PROCESS_CPUTIME_ID);
    while (!frames || milliseconds(CLOCK_MONOTONIC) - wall < least_ms) {
        paint_frame(&sets[next++ % set_count]);
        frames++;
    }
    wall = milliseconds(CLOCK_MONOTONIC) - wall, cpu = milliseconds(CLOCK_PROCESS_CPUTIME_ID) - cpu;
    end_turn();
    return (struct cost){wall / frames, cpu / frames};
}

static void dump(const struct workload *workload, const struct set *set, const char *path) {
    FILE *file = fopen(path, "wb");
    size_t bytes = frame_bytes(workload->width, workload->height);
    if (!file || fwrite(set->canvas, 1, bytes, file) != bytes || fclose(file)) die(path);
}

int main(int count, char **arguments) {
    if (count != 4) die("usage: PROGRAM WORKLOADS SOURCES i420|rgba");
    sources_directory = arguments[2];
    is_rgba = !strcmp(arguments[3], "rgba");
    read_workloads(arguments[1]);
    pthread_t worker;
    pthread_barrier_init(&turn, NULL, 2);
    if (pthread_create(&worker, NULL, work, NULL)) die("no thread");

    static struct set sets[COLD_SETS];
    const struct workload *held = NULL;
    int held_count = 0;
    for (char line[1024]; fgets(line, sizeof line, stdin);) {
        char name[16], what[8], path[768] = "";
        int threads;
        if (sscanf(line, "%15s %d %7s %767s", name, &threads, what, path) < 3 || threads < 1 || threads > 2) die(line);
        const struct workload *workload = NULL;
        for (int i = 0; i < workload_count; i++)
            if (!strcmp(workloads[i].name, name)) workload = &workloads[i];
        if (!workload) die(line);
        int set_count = !strcmp(what, "cold") ? COLD_SETS : 1;
        if (workload != held || set_count != held_count) {
            for (int i = 0; i < held_count; i++) free_set(held, &sets[i]);
            for (int i = 0; i < set_count; i++) load_set(workload, &sets[i], i);
            held = workload, held_count = set_count;
        }
        if (!strcmp(what, "dump")) {
            begin_turn(workload, threads);
            paint_frame(&sets[0]);
            end_turn();
            dump(workload, &sets[0], path);
            puts("done");
        } else {
            measure(workload, sets, set_count, threads, warm_up_ms);
            struct cost cost = measure(workload, sets, set_count, threads, turn_ms);
            printf("%.4f %.4f\n", cost.wall_ms, cost.cpu_ms);
        }
        fflush(stdout);
    }
    return 0;
}
