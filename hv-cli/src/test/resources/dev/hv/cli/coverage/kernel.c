static int add(int a, int b)
{
	return a + b;
}

static int never(int a)
{
	return a * 3;
}

static void out8(unsigned short port, unsigned char v)
{
	__asm__ volatile("outb %0, %1" : : "a"(v), "d"(port));
}

void kmain(void)
{
	volatile int n = 0;
	for (int i = 0; i < 100; i++) {
		n = add(n, i);
		if (n < 0)
			n = never(n);
	}
	if (n == 4950)
		out8(0xf4, 0x10);
	else
		out8(0xf4, 0x11);
	for (;;)
		;
}
