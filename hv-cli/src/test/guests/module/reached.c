// A module whose lines are counted: what is written to its parameter says which of them run.
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/kernel.h>

static noinline int doubled(int n)
{
	return 2 * n;
}

static noinline int never(int n)
{
	return n + 1;
}

static int poke(const char *text, const struct kernel_param *kp)
{
	int n;

	if (kstrtoint(text, 0, &n))
		return -EINVAL;
	if (n == 1)
		pr_info("reached: %d\n", doubled(n));
	else if (n == 2)
		pr_info("reached: %d\n", never(n));
	else
		BUG();
	return 0;
}

static const struct kernel_param_ops ops = { .set = poke };
module_param_cb(poke, &ops, NULL, 0200);

static int __init reached_init(void)
{
	pr_info("reached: loaded\n");
	return 0;
}

static void __exit reached_exit(void)
{
	pr_info("reached: unloaded\n");
}

module_init(reached_init);
module_exit(reached_exit);
MODULE_LICENSE("GPL");
