# Entry of the demo guest: multiboot-1 header, from 32-bit protected mode into 64-bit mode, then main.
        .include "../multiboot.inc"
_start: mov     esp, offset stack_top
        mov     edi, ebx                        # multiboot information, main's argument
        # identity page tables: 1 GiB in 2 MiB pages
        mov     eax, offset pdpt + 3
        mov     [pml4], eax
        mov     eax, offset pd + 3
        mov     [pdpt], eax
        xor     ecx, ecx
1:      mov     eax, ecx
        shl     eax, 21
        or      eax, 0x83
        mov     [pd + ecx*8], eax
        inc     ecx
        cmp     ecx, 512
        jne     1b
        enable_long_mode 0x620, 0x80000003, 0xfffffffb # PAE, OSFXSR, OSXMMEXCPT; no EM
        call_main stack_top
1:      cli
        hlt
        jmp     1b

        .globl  crash
crash:  lidt    [no_idt]                        # no handlers: the breakpoint becomes a triple fault
        int3
        jmp     1b

# Interrupt handlers: they count, and end the interrupt where the hypervisor does not.
        .globl  timer_interrupt, disk_interrupt, synic_interrupt
timer_interrupt:
        inc     qword ptr [timer_interrupts]
        push    rax
        mov     al, 0x20
        out     0x20, al
        pop     rax
        iretq
disk_interrupt:
        inc     qword ptr [disk_interrupts]
        push    rax
        mov     al, 0x20
        out     0xA0, al
        out     0x20, al
        pop     rax
        iretq
synic_interrupt:
        inc     qword ptr [synic_interrupts]
        iretq

        .data
        .align  8
        .globl  timer_interrupts, disk_interrupts, synic_interrupts
timer_interrupts: .quad 0
disk_interrupts: .quad 0
synic_interrupts: .quad 0
gdt:    .quad   0, 0x00AF9B000000FFFF, 0x00CF93000000FFFF
gdt_pointer: .word 23
        .long   gdt
no_idt: .word   0
        .quad   0

        .bss
        .align  4096
pml4:   .skip   4096
pdpt:   .skip   4096
pd:     .skip   4096
stack:  .skip   16384
stack_top:
