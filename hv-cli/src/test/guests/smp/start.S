# Entry of the multiprocessor guest: multiboot-1 header, from 32-bit protected mode into 64-bit mode, then main; and the other
# processors' way from real mode to the function other.
        .include "../../../main/guests/multiboot.inc"
_start: mov     esp, offset stacks + 16384
        mov     edi, ebx                        # multiboot information, main's argument
        map_four_gigabytes
        call    long_mode
        .byte   0xEA                            # far jump into the 64-bit code segment
        .long   start64
        .word   8

# Switches paging and long mode on.
long_mode:
        enable_long_mode 0x620, 0x80000003, 0x9ffffffb # PAE, OSFXSR, OSXMMEXCPT; no EM, caches on
        lgdt    [gdt_pointer]
        ret

        .code64
start64:
        call    segments
        mov     rsp, offset stacks + 16384
        call    main
1:      cli
        hlt
        jmp     1b

segments:
        mov     eax, 16
        mov     ds, eax
        mov     es, eax
        mov     ss, eax
        lidt    [idt_pointer]
        ret

# The other processors begin here, copied to 0x8000.
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
        mov     eax, 1
        lock xadd [numbers], eax                # who am I: 1, 2, 3 ...
        mov     edi, eax
        inc     eax
        shl     eax, 14
        lea     esp, [stacks + eax]
        call    long_mode
        .byte   0xEA
        .long   other64
        .word   8

        .code64
other64:
        mov     ebx, edi
        call    segments
        mov     edi, ebx
        call    other
1:      cli
        hlt
        jmp     1b

# Interrupt 0x40, interrupt 0x41 and the page fault: call their functions.
        .globl  interrupt_entry, synchronise_entry, page_fault_entry, breakpoint_entry
page_fault_entry:
        add     rsp, 8                          # the error code
        push    offset page_fault
        jmp     handler
synchronise_entry:
        push    offset synchronise
        jmp     handler
interrupt_entry:
        push    offset interrupt
handler:
        push    rax
        push    rcx
        push    rdx
        push    rsi
        push    rdi
        push    r8
        push    r9
        push    r10
        push    r11
        call    [rsp + 72]
        pop     r11
        pop     r10
        pop     r9
        pop     r8
        pop     rdi
        pop     rsi
        pop     rdx
        pop     rcx
        pop     rax
        add     rsp, 8
        iretq

# A breakpoint at "mov eax, imm32": all ones instead of the immediate, and on behind it.
breakpoint_entry:
        mov     eax, -1
        add     qword ptr [rsp], 4
        lock inc dword ptr [breakpoints]
        iretq

        .data
        .align  8
gdt:    .quad   0, 0x00AF9B000000FFFF, 0x00CF93000000FFFF, 0x00CF9B000000FFFF
gdt_pointer: .word 31
        .long   gdt
        .globl  numbers
numbers: .long  1
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
stacks: .skip   16384 * 8
