/* What the virtual machine runs, copied to addresses that client.c knows. */
        .globl  real_code, protected_code, long_code, dirty_code, interrupt_code, interrupt_handler, flush_code, code_end, _start

        .text
_start: xor     %ebp, %ebp
        and     $-16, %rsp
        call    main

        .code16
real_code:
        mov     $0x1234, %ax
        mov     $0x60, %dx
        out     %ax, %dx
        inc     %dx
        in      %dx, %al
        xor     %ah, %ah
        inc     %ax
        mov     $0xA000, %bx
        mov     %bx, %ds
        mov     %al, 0x10
        mov     0x20, %cl
        hlt

        .code32
protected_code:
        mov     $0xE0000000, %edi
        mov     $0xCAFEBABE, %eax
        mov     %eax, (%edi)
        mov     4(%edi), %ebx
        mov     $0x3000, %esi
        mov     $3, %ecx
        mov     $0xE9, %dx
        rep outsb
        push    %ebx
        pop     %ebp
        hlt

        .code64
long_code:
        movabs  $0x123456789ABCDEF0, %rax
        mov     %rax, 0x5000
        mov     $0xE0000000, %edi
        mov     %rax, 8(%rdi)
        mov     16(%rdi), %rbx
        add     %rbx, %rax
        mov     %rax, 0x5008
        hlt

/* Writes to 300 pages from 2 MiB on. */
dirty_code:
        mov     $0x200000, %edi
        mov     $300, %ecx
1:      mov     %ecx, (%rdi)
        add     $4096, %rdi
        dec     %ecx
        jnz     1b
        hlt

/*
 * A self-IPI by the APIC's page, one by an MSR, the APIC's timer, then a loop until as many interrupts have come as the quadword at 5018h
 * says. The quadword at 5010h counts them.
 */
interrupt_code:
        mov     $0xFEE00000, %edi
        movl    $0x1FF, 0xF0(%rdi)
        sti
        movl    $0x40041, 0x300(%rdi)
1:      cmpq    $1, 0x5010
        jne     1b
        mov     $0x1B, %ecx
        rdmsr
        or      $0xC00, %eax
        wrmsr
        mov     $0x83F, %ecx
        mov     $0x41, %eax
        xor     %edx, %edx
        wrmsr
2:      cmpq    $2, 0x5010
        jne     2b
        mov     $0x83E, %ecx
        mov     $0xB, %eax
        wrmsr
        mov     $0x832, %ecx
        mov     $0x41, %eax
        wrmsr
        mov     $0x838, %ecx
        mov     $100000, %eax
        wrmsr
3:      cmpq    $3, 0x5010
        jne     3b
        out     %al, $0xE9
4:      mov     0x5010, %rax
        cmp     %rax, 0x5018
        jne     4b
        out     %al, $0xE9

interrupt_handler:
        push    %rax
        push    %rcx
        push    %rdx
        incq    0x5010
        cmpq    $1, 0x5010
        jne     1f
        mov     $0xFEE000B0, %eax
        movl    $0, (%rax)
        jmp     2f
1:      mov     $0x80B, %ecx
        xor     %eax, %eax
        xor     %edx, %edx
        wrmsr
2:      pop     %rdx
        pop     %rcx
        pop     %rax
        iretq

/*
 * HvCallFlushVirtualAddressSpace with the input at 5000h (address space, flags, processors), as often as the quadword at 5020h says; the one at 5028h collects status codes.
 */
flush_code:
        mov     $2, %ecx
        mov     $0x5000, %edx
        xor     %r8d, %r8d
        vmcall
        or      %rax, 0x5028
        decq    0x5020
        jnz     flush_code
        out     %al, $0xE9
code_end:
