/* Floating point in SSE: products of matrices, a Cholesky factorisation and polynomials in double; planets; the Mandelbrot set in single precision. */
#include "machine.h"

enum { N = 64 };

static double a[N][N], b[N][N], c[N][N];

static double small(u64 *state) { return (double) (i64) (next(state) >> 11) * 0x1p-53; }

void doubles_prepare(void) {
    u64 state = 5;
    for (int i = 0; i < N; i++) for (int j = 0; j < N; j++) a[i][j] = small(&state) - 0.5, b[i][j] = small(&state);
}

static void multiply(void) {
    for (int i = 0; i < N; i++) {
        for (int j = 0; j < N; j++) {
            double sum = 0;
            for (int k = 0; k < N; k++) sum += a[i][k] * b[k][j];
            c[i][j] = sum;
        }
    }
}

/* Of a·aᵀ + N, which is positive definite; the factor lies in the lower triangle of c. */
static void factorise(void) {
    for (int i = 0; i < N; i++) {
        for (int j = 0; j <= i; j++) {
            double sum = i == j ? N : 0;
            for (int k = 0; k < N; k++) sum += a[i][k] * a[j][k];
            for (int k = 0; k < j; k++) sum -= c[i][k] * c[j][k];
            c[i][j] = i == j ? __builtin_sqrt(sum) : sum / c[j][j];
        }
    }
}

static double exponential(double v) {
    double term = 1, sum = 1;
    for (int i = 1; i < 18; i++) {
        term = term * v / i;
        sum += term;
    }
    return sum;
}

u64 doubles_round(u64 seed) {
    u64 sum = seed;
    for (int t = 0; t < 18; t++) {
        a[t][(seed + (u64) t) % N] += 0x1p-20;
        multiply();
        for (int i = 0; i < N; i++) sum = mix(sum, bits(c[i][(i * 7 + t) % N]));
        factorise();
        for (int i = 0; i < N; i++) sum = mix(sum, bits(c[i][i / 2]));
        for (int i = 0; i < 200; i++) sum = mix(sum, bits(exponential(c[i % N][0] - (float) i * 0.25f)));
    }
    return sum;
}

enum { BODIES = 5, STEPS = 50000 };

static struct body { double x, y, z, vx, vy, vz, mass; } bodies[BODIES];

void nbody_prepare(void) {
    u64 state = 6;
    for (int i = 0; i < BODIES; i++) {
        struct body *p = &bodies[i];
        p->x = 30 * small(&state) - 15, p->y = 30 * small(&state) - 15, p->z = 2 * small(&state) - 1;
        p->vx = small(&state) - 0.5, p->vy = small(&state) - 0.5, p->vz = 0.1 * small(&state);
        p->mass = i ? 0.01 * small(&state) : 40;
    }
    bodies[0].x = bodies[0].y = bodies[0].z = 0;
}

u64 nbody_round(u64 seed) {
    const double dt = 0.001;
    for (int s = 0; s < STEPS; s++) {
        for (int i = 0; i < BODIES; i++) {
            struct body *p = &bodies[i];
            for (int j = i + 1; j < BODIES; j++) {
                struct body *q = &bodies[j];
                double dx = p->x - q->x, dy = p->y - q->y, dz = p->z - q->z;
                double square = dx * dx + dy * dy + dz * dz + 0.01;
                double f = dt / (square * __builtin_sqrt(square));
                p->vx -= dx * q->mass * f, p->vy -= dy * q->mass * f, p->vz -= dz * q->mass * f;
                q->vx += dx * p->mass * f, q->vy += dy * p->mass * f, q->vz += dz * p->mass * f;
            }
        }
        for (int i = 0; i < BODIES; i++) bodies[i].x += dt * bodies[i].vx, bodies[i].y += dt * bodies[i].vy, bodies[i].z += dt * bodies[i].vz;
    }
    u64 sum = seed;
    for (int i = 0; i < BODIES; i++) sum = mix(mix(sum, bits(bodies[i].x)), bits(bodies[i].vz));
    return sum;
}

enum { WIDTH = 176, HEIGHT = 112, MOST = 300 };

u64 mandelbrot_round(u64 seed) {
    u64 sum = seed;
    float shift = (float) (seed % 16) * 0.001f;
    for (int py = 0; py < HEIGHT; py++) {
        for (int px = 0; px < WIDTH; px++) {
            float x0 = (float) px * (3.0f / WIDTH) - 2.0f + shift, y0 = (float) py * (2.0f / HEIGHT) - 1.0f;
            float x = 0, y = 0, xx = 0, yy = 0;
            int n = 0;
            for (; xx + yy <= 4 && n < MOST; n++) {
                y = 2 * x * y + y0;
                x = xx - yy + x0;
                xx = x * x;
                yy = y * y;
            }
            sum = mix(sum, (u64) n);
        }
    }
    return sum;
}
