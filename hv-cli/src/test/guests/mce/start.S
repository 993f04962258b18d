# A guest that waits for machine checks: it enables #MC and bank 4, prints READY, then each error that comes, as the bank has it. After one that it
# cannot go on from it ends by the debug exit port.
        .include "../../../main/guests/multiboot.inc"
        .set    MCG_STATUS, 0x17A
        .set    BANK, 0x410                     # IA32_MC4_CTL; status, address and misc behind it

_start: mov     esp, offset stack
        lgdt    [gdt_pointer]
        .byte   0xEA
        .long   1f
        .word   8
1:      mov     eax, 16
        mov     ds, eax
        mov     es, eax
        mov     ss, eax
        mov     eax, offset machine_check       # gate 18
        mov     [idt + 18 * 8], ax
        mov     word ptr [idt + 18 * 8 + 2], 8
        mov     word ptr [idt + 18 * 8 + 4], 0x8E00
        shr     eax, 16
        mov     [idt + 18 * 8 + 6], ax
        lidt    [idt_pointer]
        mov     ecx, BANK
        or      eax, -1
        or      edx, -1
        wrmsr
        mov     eax, cr4
        or      eax, 0x40                       # MCE
        mov     cr4, eax
        mov     esi, offset ready
        call    text
poll:   mov     ecx, BANK + 1
        rdmsr
        test    edx, edx
        jns     poll
        mov     esi, offset logged
        call    error
        jmp     poll

machine_check:
        pushad
        mov     esi, offset raised
        call    text
        mov     ecx, MCG_STATUS
        rdmsr
        mov     ebx, eax
        call    number
        mov     esi, offset status
        call    error
        mov     ecx, MCG_STATUS
        xor     eax, eax
        xor     edx, edx
        wrmsr
        test    ebx, 1                          # RIPV
        jz      1f
        popad
        iretd
1:      xor     eax, eax
        out     0xF4, al
        hlt
        jmp     1b

# Prints a text, the bank's status and address, and clears the bank.
error:  call    text
        mov     ecx, BANK + 1
        rdmsr
        xchg    eax, edx
        call    number
        mov     eax, edx
        call    number
        mov     esi, offset address
        call    text
        inc     ecx
        rdmsr
        call    number
        mov     al, 10
        call    put
        dec     ecx
        xor     eax, eax
        xor     edx, edx
        wrmsr
        ret

text:   lodsb
        test    al, al
        jz      1f
        call    put
        jmp     text
1:      ret

# Prints EAX, eight digits.
number: mov     edi, 8
1:      rol     eax, 4
        push    eax
        and     al, 15
        add     al, '0'
        cmp     al, '9'
        jbe     2f
        add     al, 'a' - '0' - 10
2:      call    put
        pop     eax
        dec     edi
        jnz     1b
        ret

# Prints AL.
put:    push    edx
        push    eax
        mov     edx, 0x3FD
1:      in      al, dx
        test    al, 0x20
        jz      1b
        pop     eax
        mov     edx, 0x3F8
        out     dx, al
        pop     edx
        ret

        .data
ready:  .asciz  "READY\n"
logged: .asciz  "logged "
raised: .asciz  "#MC "
status: .asciz  " "
address: .asciz " at "
        .align  8
gdt:    .quad   0, 0x00CF9A000000FFFF, 0x00CF92000000FFFF
gdt_pointer:
        .word   23
        .long   gdt
idt_pointer:
        .word   19 * 8 - 1
        .long   idt
        .bss
        .align  16
idt:    .skip   19 * 8
        .skip   1024
stack:
