/* VMBus as this guest's drivers use it. */
#pragma once
#include "machine.h"

struct ring { volatile u32 *control; u8 *data; u32 size; };

struct channel {
    u32 id, connection;
    u8 interface[16];
    struct ring out, in;
    int held, due;
};

struct packet { u16 type, flags; u64 transaction; u32 length; u8 body[4096]; };

enum { IN_BAND = 6, TRANSFER_PAGES = 7, GPA_DIRECT = 9, COMPLETION = 11 };

/* Finds the hypervisor, sets its pages up, connects and takes all offers. */
void vmbus_connect(void);
/* The offered channel of a kind of device. */
struct channel *vmbus_find(const u8 *interface);
/* Describes pages to the host; the number to name them by. */
u32 vmbus_describe(struct channel *c, void *memory, u32 count);
void vmbus_open(struct channel *c);
/* Puts a packet into the ring and signals the host when it sleeps. extra is what follows the descriptor, before the body. */
void vmbus_send(struct channel *c, int type, u64 transaction, int answer, const void *extra, u32 extra_size, const void *body, u32 size);
/* Holds signals back until the ring is to be looked at: one is enough for many packets. */
void vmbus_hold(struct channel *c);
void vmbus_release(struct channel *c);
/* The next packet; sleeps until there is one. All that follows the descriptor is in the body. */
void vmbus_receive(struct channel *c, struct packet *p);
u64 reference_time(void);

void storage_test(void);
void network_test(void);
/* Is the echo station of one run of the network test. */
void network_echo(void);
