	.section .multiboot, "a"
	.long 0x1BADB002, 0, -0x1BADB002
	.text
	.globl _start
_start:
	mov $stack, %esp
	call kmain
	hlt
	.bss
	.skip 4096
stack:
	.section .note.GNU-stack, "", @progbits
