# Entry of the tutorial's guest: multiboot-1 header, from 32-bit protected mode into 64-bit mode, then main; and the second processor's way from real mode to other.
        .include "multiboot.inc"
_start: mov     esp, offset stacks + 16384
        map_four_gigabytes
        call    long_mode
        .byte   0xEA                            # far jump into the 64-bit code segment
        .long   start64
        .word   8

long_mode:
        enable_long_mode 0x620, 0x80000003, 0x9ffffffb
        lgdt    [gdt_pointer]
        ret

        .code64
start64:
        call    segments
        mov     rsp, offset stacks + 16384
        call    main

segments:
        mov     eax, 16
        mov     ds, eax
        mov     es, eax
        mov     ss, eax
        lidt    [idt_pointer]
        ret

# The second processor begins here, copied to 0x8000.
        .code16
        .globl  trampoline, trampoline_end
trampoline:
        cli
        xor     ax, ax
        mov     ds, ax
        lgdt    [0x8000 + trampoline_gdt - trampoline]
        mov     eax, cr0
        or      al, 1
        mov     cr0, eax
        .byte   0x66, 0xEA
        .long   other32
        .word   24
        .align  8
trampoline_gdt:
        .word   31
        .long   gdt
trampoline_end:

        .code32
other32:
        mov     eax, 16
        mov     ds, eax
        mov     es, eax
        mov     ss, eax
        mov     esp, offset stacks + 32768
        call    long_mode
        .byte   0xEA
        .long   other64
        .word   8

        .code64
other64:
        call    segments
        mov     rsp, offset stacks + 32768
        call    other

        .globl  doorbell_entry
doorbell_entry:
        push    rax
        push    rcx
        push    rdx
        push    rsi
        push    rdi
        push    r8
        push    r9
        push    r10
        push    r11
        call    doorbell
        pop     r11
        pop     r10
        pop     r9
        pop     r8
        pop     rdi
        pop     rsi
        pop     rdx
        pop     rcx
        pop     rax
        iretq

        .data
        .align  8
gdt:    .quad   0, 0x00AF9B000000FFFF, 0x00CF93000000FFFF, 0x00CF9B000000FFFF
gdt_pointer: .word 31
        .long   gdt
        .align  8
idt_pointer: .word 0x7FF
        .quad   idt

        .bss
        .align  4096
        .globl  pml4, idt
pml4:   .skip   4096
pdpt:   .skip   4096
pd:     .skip   16384
idt:    .skip   4096
stacks: .skip   32768
