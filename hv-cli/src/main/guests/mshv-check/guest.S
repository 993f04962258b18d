/* What the partitions run, in real mode, copied to page 1. */
        .globl  io_code, io_end, dirty_code, dirty_end, wait_code, wait_end, bell_code, bell_end, _start

        .text
_start: xor     %ebp, %ebp
        and     $-16, %rsp
        call    main

        .code16
/* Two ports, then memory that is not there. */
io_code:
        mov     $0x3F8, %dx
        mov     $'4', %al
        out     %al, %dx
        in      %dx, %al
        inc     %al
        out     %al, %dx
        mov     $0xE0000000, %ebx
        call    1f
        movb    %al, (%ebx)
1:      mov     $0x6000, %sp
        push    $0
        pop     %ds
        cli
        lgdtl   gdtr - io_code + 0x1000
        mov     %cr0, %eax
        or      $1, %al
        mov     %eax, %cr0
        mov     $8, %ax
        mov     %ax, %ds
        mov     $0xCAFEBABE, %eax
        mov     %eax, (%ebx)
        out     %al, $0xE9
        .align  8
gdt:    .quad   0, 0x00CF93000000FFFF
gdtr:   .word   15
        .long   gdt - io_code + 0x1000
io_end:

/* Writes to pages 0x20 to 0x2F. */
dirty_code:
        mov     $0x2000, %ax
        mov     $16, %cx
1:      mov     %ax, %ds
        mov     %cl, 0
        add     $0x100, %ax
        loop    1b
        out     %al, $0xE9
dirty_end:

/* Halts; the handler of the interrupt that ends it is at 0x40. */
wait_code:
        xor     %ax, %ax
        mov     %ax, %ss
        mov     %ax, %ds
        mov     $0x1B, %ecx
        rdmsr
        or      $0xC00, %eax
        wrmsr
        mov     $0x80F, %ecx
        mov     $0x1FF, %eax
        xor     %edx, %edx
        wrmsr
        out     %al, $0xE8
        sti
1:      hlt
        jmp     1b
        .org    wait_code + 0x40
        out     %al, $0xE9
        iret
wait_end:

/* Rings a doorbell twice with the value that it listens for, and writes another. */
bell_code:
        cli
        xor     %ax, %ax
        mov     %ax, %ds
        lgdtl   flat_gdtr - bell_code + 0x1000
        mov     %cr0, %eax
        or      $1, %al
        mov     %eax, %cr0
        mov     $8, %ax
        mov     %ax, %ds
        mov     $0xE0000000, %ebx
        mov     $7, %eax
        mov     %eax, (%ebx)
        mov     %eax, (%ebx)
        inc     %eax
        mov     %eax, (%ebx)
        out     %al, $0xE9
        .align  8
flat_gdt:
        .quad   0, 0x00CF93000000FFFF
flat_gdtr:
        .word   15
        .long   flat_gdt - bell_code + 0x1000
bell_end:
