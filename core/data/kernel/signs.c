/* Finds in one look where the signs stand from which checks start. */

#include "bytes.h"

enum { SIGN = 2, UNTOKEN = 4, CONTROL = 32, AT_ONCE = 8 };

/* Returns the classes of eight bytes together. */
static inline uint8_t classes_of(uint64_t eight, const uint8_t *classes) {
    uint8_t all = 0;
    for (int byte = 0; byte < AT_ONCE; byte++) {
        all |= classes[eight >> 8 * byte & 0xFF];
    }
    return all;
}

typedef struct {
    const uint8_t *text, *classes;
    int64_t size, least;
    uint32_t *runs;
    int64_t borders;
} Runs;

/* Notes the run that stands around a byte, if it is long enough; returns where it ends. */
static int64_t add_run(Runs *found, int64_t at, int64_t since) {
    int64_t begin = at, end = at;
    while (begin > since && !(found->classes[found->text[begin - 1]] & UNTOKEN)) {
        begin--;
    }
    while (end < found->size && !(found->classes[found->text[end]] & UNTOKEN)) {
        end++;
    }
    if (end - begin >= found->least) {
        found->runs[found->borders++] = (uint32_t)begin;
        found->runs[found->borders++] = (uint32_t)end;
    }
    return end;
}

/* Notes the places of all signs, and begin and end of every run of at least `least` bytes that
 * tokens may hold, which are two times eight or more; `classes` says what a byte is.
 *
 * `made` takes how many signs and numbers of runs there are, and whether a control byte is there.
 * Each list has room for a number a byte and one more.
 */
void tf_signs(
    const uint8_t *text, int64_t size, const uint8_t *classes, int64_t least, uint32_t *places,
    uint32_t *runs, int64_t *made
) {
    Runs found = {text, classes, size, least, runs, 0};
    int64_t signs = 0, done = 0, at = 0;
    uint8_t every = 0;
    for (; size - at >= AT_ONCE; at += AT_ONCE) {
        uint64_t eight = eight_at(text + at);
        uint8_t all = classes_of(eight, classes);
        every |= all;
        if (all & SIGN) {
            for (int byte = 0; byte < AT_ONCE; byte++) {
                places[signs] = (uint32_t)(at + byte); /* the next overwrites what is none */
                signs += (classes[eight >> 8 * byte & 0xFF] & SIGN) != 0;
            }
        }
        if (!(all & UNTOKEN) && at >= done) { /* so is some eight of every long run */
            done = add_run(&found, at, done);
        }
    }
    for (; at < size; at++) {
        uint8_t class = classes[text[at]];
        every |= class;
        places[signs] = (uint32_t)at;
        signs += (class & SIGN) != 0;
    }
    made[0] = signs;
    made[1] = found.borders;
    made[2] = (every & CONTROL) != 0;
}

/* Notes which places stand in a run of at least `least` bytes of a kind; `kinds` has a 1 for these. */
void tf_in_runs(
    const uint8_t *text, int64_t size, const uint8_t *kinds, int64_t least, const int64_t *places,
    int64_t count, uint8_t *inside
) {
    for (int64_t place = 0; place < count; place++) {
        int64_t at = places[place], begin = at, end = at + 1;
        while (end < size && end - at < least && kinds[text[end]]) {
            end++;
        }
        while (begin > 0 && end - begin < least && kinds[text[begin - 1]]) {
            begin--;
        }
        inside[place] = end - begin >= least;
    }
}

int64_t tf_count(const uint8_t *text, int64_t size, int64_t byte) {
    int64_t count = 0;
    for (int64_t at = 0; at < size; at++) {
        count += text[at] == (uint8_t)byte;
    }
    return count;
}

/* Notes the first `count` places of a rare byte. */
void tf_places(const uint8_t *text, int64_t size, int64_t byte, int64_t *places, int64_t count) {
    const uint8_t *at = text;
    for (int64_t found = 0; found < count; found++, at++) {
        at = memchr(at, (int)byte, (size_t)(text + size - at));
        if (!at) {
            return;
        }
        places[found] = at - text;
    }
}
