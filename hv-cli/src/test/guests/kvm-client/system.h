/* What the client needs of Linux, without a C library. */
#include <stdint.h>

typedef unsigned long word;

long call(long number, word a, word b, word c, word d, word e, word f);
/* Starts a thread that shares everything; it never returns. */
void thread(void (*run)(void), void *stack_end);

int open_file(const char *path, int flags);
long io(int fd, word request, void *argument);
long io_number(int fd, word request, word argument);
void *map_memory(word bytes, int fd);
void end(void) __attribute__((noreturn));

void say(const char *text);
void say_number(word value);
/* First line of a small file, without its end; empty when it cannot be read. */
void read_line(const char *path, char *into, int most);
int same(const void *a, const void *b, word bytes);
void copy(void *to, const void *from, word bytes);
