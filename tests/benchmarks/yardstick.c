/* EM iterations of a one-dimensional Gaussian mixture, as fast as a compiler makes them: what the engine is measured by.
 *
 *     yardstick FILE K THREADS ITERATIONS ROUNDS < start
 *
 * FILE holds float64 values; the start is K lines of weight, mean and sd. Prints the seconds of an iteration in each
 * round, then the log-likelihood before the last M step and the parameters after it. Everything is exact to rounding:
 * the exponential is a polynomial, and no flag lets the compiler bend arithmetic.
 */
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#if defined(__AVX512F__)
#define LANES 8
#elif defined(__AVX__)
#define LANES 4
#else
#define LANES 2
#endif
#define MOST 64
#define PER_LOGARITHM 128
#define LN_2 0.6931471805599453

typedef double Vector __attribute__((vector_size(8 * LANES)));
typedef long long Whole __attribute__((vector_size(8 * LANES)));

typedef struct {
    double log_height, mean, factor; /* in base 2: density = 2^(log_height - (factor (x - mean))^2) */
} Component;

typedef struct {
    const double *values;
    long n;
    int k;
    const Component *components;
    double sums[3 * MOST], log_likelihood; /* shares, and their first and second sums about the mean */
} Part;

static inline Vector all(double x) { return x - (Vector){0}; }

static inline Vector larger(Vector a, Vector b) {
    Whole mask = a > b;
    return (Vector)(((Whole)a & mask) | ((Whole)b & ~mask));
}

/* 2^x for x <= 0: 2^n 2^r, |r| <= 1/2, by the polynomial through Chebyshev's points; below -1000 as at -1000. */
static inline Vector power_of_two(Vector x) {
    static const double coefficients[] = {7.074194297288521e-09, 1.0178057087733941e-07, 1.3215432535912375e-06,
                                          1.5252733841556773e-05, 0.00015403530463724353, 0.001333355814640647,
                                          0.009618129107587256, 0.055504108664821625, 0.24022650695910158,
                                          0.6931471805599453, 1.0};
    const Vector rounder = all(6755399441055744.0); /* 1.5 * 2^52: adding it rounds to a whole number */
    x = larger(x, all(-1000.0));
    Vector shifted = x + rounder, r = x - (shifted - rounder), p = all(4.4558179083360645e-10);
    for (int i = 0; i < 11; i++) p = p * r + coefficients[i];
    return (Vector)((Whole)p + ((Whole)shifted << 52));
}

/* Sums over rows; the largest term of each row is taken out of its exponentials, so no row is too far away. */
static inline __attribute__((always_inline)) void e_step(Part *part, const int k) {
    Vector share[MOST], first[MOST], second[MOST], offset[MOST], joint[MOST], highest_sum = all(0.0), product = all(1.0);
    double logarithms = 0.0;
    for (int j = 0; j < k; j++) share[j] = first[j] = second[j] = all(0.0);
    for (long i = 0; i < part->n; i += LANES) {
        Vector x, highest = all(-INFINITY), sum = all(0.0);
        memcpy(&x, part->values + i, sizeof x);
        for (int j = 0; j < k; j++) {
            const Component *c = part->components + j;
            offset[j] = (x - c->mean) * c->factor;
            joint[j] = c->log_height - offset[j] * offset[j];
            highest = larger(highest, joint[j]);
        }
        for (int j = 0; j < k; j++) sum += joint[j] = power_of_two(joint[j] - highest);
        Vector inverse = 1.0 / sum;
        for (int j = 0; j < k; j++) {
            Vector r = joint[j] * inverse, of_offset = r * offset[j];
            share[j] += r;
            first[j] += of_offset;
            second[j] += of_offset * offset[j];
        }
        highest_sum += highest;
        product *= sum; /* each sum is between 1 and K, so one logarithm does for many */
        if (i / LANES % PER_LOGARITHM == 0 || i + LANES >= part->n) {
            for (int lane = 0; lane < LANES; lane++) logarithms += log2(product[lane]);
            product = all(1.0);
        }
    }
    memset(part->sums, 0, sizeof part->sums);
    for (int lane = 0; lane < LANES; lane++) {
        logarithms += highest_sum[lane];
        for (int j = 0; j < k; j++) {
            part->sums[3 * j] += share[j][lane];
            part->sums[3 * j + 1] += first[j][lane];
            part->sums[3 * j + 2] += second[j][lane];
        }
    }
    part->log_likelihood = logarithms * LN_2;
}

static void *work(void *argument) {
    Part *part = argument;
    switch (part->k) { /* a known K lets the compiler keep all sums in registers */
    case 2: e_step(part, 2); break;
    case 3: e_step(part, 3); break;
    case 5: e_step(part, 5); break;
    default: e_step(part, part->k);
    }
    return NULL;
}

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + 1e-9 * t.tv_nsec;
}

static double iterate(Part *parts, int threads, double n, int k, double *weight, double *mean, double *sd) {
    static Component components[MOST];
    pthread_t workers[MOST];
    for (int j = 0; j < k; j++) {
        double factor = sqrt(0.5 / LN_2) / sd[j];
        components[j] = (Component){log2(weight[j] / sd[j] * 0.3989422804014327), mean[j], factor};
    }
    for (int t = 0; t < threads; t++) parts[t].components = components;
    for (int t = 1; t < threads; t++) pthread_create(workers + t, NULL, work, parts + t);
    work(parts);
    for (int t = 1; t < threads; t++) pthread_join(workers[t], NULL);
    double log_likelihood = 0.0;
    for (int t = 0; t < threads; t++) log_likelihood += parts[t].log_likelihood;
    for (int j = 0; j < k; j++) {
        double sums[3] = {0.0, 0.0, 0.0};
        for (int t = 0; t < threads; t++) {
            for (int m = 0; m < 3; m++) sums[m] += parts[t].sums[3 * j + m];
        }
        double factor = components[j].factor, moved = sums[1] / sums[0];
        weight[j] = sums[0] / n;
        mean[j] += moved / factor;
        sd[j] = sqrt(sums[2] / sums[0] - moved * moved) / factor;
    }
    return log_likelihood;
}

int main(int count, char **arguments) {
    if (count != 6) return 2;
    FILE *file = fopen(arguments[1], "rb");
    int k = atoi(arguments[2]), threads = atoi(arguments[3]), iterations = atoi(arguments[4]), rounds = atoi(arguments[5]);
    double start[3][MOST], now_at[3][MOST], log_likelihood = 0.0;
    if (!file || k < 1 || k > MOST || threads < 1 || threads > MOST) return 2;
    for (int j = 0; j < k; j++) {
        if (scanf("%lf %lf %lf", &start[0][j], &start[1][j], &start[2][j]) != 3) return 2;
    }
    fseek(file, 0, SEEK_END);
    long n = ftell(file) / 8 / (LANES * threads) * (LANES * threads); /* whole vectors; a few rows are left out */
    double *values = aligned_alloc(64, 8 * (n + 8) / 64 * 64 + 64);
    rewind(file);
    if (!values || fread(values, 8, n, file) != (size_t)n) return 2;
    fclose(file);
    Part *parts = calloc(threads, sizeof(Part));
    for (int t = 0; t < threads; t++) {
        parts[t].values = values + n / threads * t, parts[t].n = n / threads, parts[t].k = k;
    }
    for (int round = -1; round < rounds; round++) { /* the first only warms up */
        memcpy(now_at, start, sizeof start);
        double began = now();
        for (int i = 0; i < iterations; i++) {
            log_likelihood = iterate(parts, threads, n, k, now_at[0], now_at[1], now_at[2]);
        }
        if (round >= 0) printf("%.9g\n", (now() - began) / iterations);
    }
    printf("%.17g\n", log_likelihood);
    for (int j = 0; j < k; j++) printf("%.17g %.17g %.17g\n", now_at[0][j], now_at[1][j], now_at[2][j]);
    return 0;
}
