/* Reads numbers from bytes, and hashes bytes by XXH64, as the package `xxhash` does. */

#ifndef TUNINGFORK_BYTES_H
#define TUNINGFORK_BYTES_H

#include <stdint.h>
#include <string.h>

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "numbers are read as they lie, lowest byte first"
#endif

static inline uint64_t eight_at(const uint8_t *at) {
    uint64_t value;
    memcpy(&value, at, 8);
    return value;
}

static inline uint32_t four_at(const uint8_t *at) {
    uint32_t value;
    memcpy(&value, at, 4);
    return value;
}

static inline uint64_t turned(uint64_t value, int by) {
    return (value << by) | (value >> (64 - by));
}

#define XX1 0x9E3779B185EBCA87ULL
#define XX2 0xC2B2AE3D27D4EB4FULL
#define XX3 0x165667B19E3779F9ULL
#define XX4 0x85EBCA77C2B2AE63ULL
#define XX5 0x27D4EB2F165667C5ULL

static inline uint64_t xx_round(uint64_t lane, uint64_t input) {
    return turned(lane + input * XX2, 31) * XX1;
}

static inline uint64_t xx_merge(uint64_t hash, uint64_t lane) {
    return (hash ^ xx_round(0, lane)) * XX1 + XX4;
}

static __attribute__((noinline, unused)) uint64_t hash_of(const uint8_t *at, int64_t size) {
    const uint8_t *end = at + size;
    uint64_t hash = XX5;
    if (size >= 32) {
        uint64_t a = XX1 + XX2, b = XX2, c = 0, d = 0 - XX1;
        for (; end - at >= 32; at += 32) {
            a = xx_round(a, eight_at(at));
            b = xx_round(b, eight_at(at + 8));
            c = xx_round(c, eight_at(at + 16));
            d = xx_round(d, eight_at(at + 24));
        }
        hash = turned(a, 1) + turned(b, 7) + turned(c, 12) + turned(d, 18);
        hash = xx_merge(xx_merge(xx_merge(xx_merge(hash, a), b), c), d);
    }
    hash += (uint64_t)size;
    for (; end - at >= 8; at += 8) {
        hash = turned(hash ^ xx_round(0, eight_at(at)), 27) * XX1 + XX4;
    }
    if (end - at >= 4) {
        hash = turned(hash ^ (four_at(at) * XX1), 23) * XX2 + XX3;
        at += 4;
    }
    for (; at < end; at++) {
        hash = turned(hash ^ (*at * XX5), 11) * XX1;
    }
    hash = (hash ^ (hash >> 33)) * XX2;
    hash = (hash ^ (hash >> 29)) * XX3;
    return hash ^ (hash >> 32);
}

#endif
