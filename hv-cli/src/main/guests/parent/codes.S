# What processors of children run in real mode, copied to address 0x1000.
        .intel_syntax noprefix
        .code16
        .globl  port_code, port_end, spin_code, spin_end, halt_code, halt_end, touch_code, touch_end, fault_code, fault_end, dirty_code, dirty_end, bell_code, bell_end
        .globl  cpuid_code, cpuid_end, msr_code, msr_end

# OUT, IN, OUT of one more than what came.
port_code:
        mov     dx, 0x3F8
        mov     al, '4'
        out     dx, al
        in      al, dx
        inc     al
        out     dx, al
        jmp     port_code
port_end:

# Counts at 0x1800 for ever.
spin_code:
        inc     dword ptr [0x1800]
        jmp     spin_code
spin_end:

# Says that it waits, halts, and says that an interrupt came: handler at 0x1040.
halt_code:
        cli
        mov     ecx, 0x1B
        rdmsr
        or      eax, 0xC00
        wrmsr
        mov     ecx, 0x80F
        mov     eax, 0x1FF
        xor     edx, edx
        wrmsr
        out     0xE8, al
        sti
1:      hlt
        jmp     1b
        .org    halt_code + 0x40
        out     0xE9, al
        mov     ecx, 0x80B
        xor     eax, eax
        xor     edx, edx
        wrmsr
        iret
halt_end:

# Reads and writes memory at 0x5000, then jumps there.
touch_code:
        mov     al, [0x5000]
        mov     byte ptr [0x5001], 7
        out     0xE9, al
        push    cs
        mov     ax, 0x5000
        push    ax
        retf
touch_end:

# No interrupt table, no stack: a triple fault.
fault_code:
        lidt    [0x1000 + 1f - fault_code]
        int3
1:      .word   0
        .long   0
fault_end:

# Writes to pages 0x20 to 0x2F.
dirty_code:
        mov     ax, 0x2000
        mov     cx, 16
1:      mov     ds, ax
        mov     [0], cl
        add     ax, 0x100
        loop    1b
        out     0xE9, al
dirty_end:

# Writes 7, 8 and 7 to 0x5000, where it may have no memory.
bell_code:
        mov     eax, 7
        mov     [0x5000], eax
        inc     eax
        mov     [0x5000], eax
        dec     eax
        mov     [0x5000], eax
        out     0xE9, al
bell_end:

# A leaf that nobody has, and one that everybody has.
cpuid_code:
        mov     eax, 0x4000ABCD
        cpuid
        out     0xE9, al
        xor     eax, eax
        cpuid
        out     0xE9, al
cpuid_end:

# An MSR that nobody has: written, read, written.
msr_code:
        mov     ecx, 0x4711
        mov     eax, 0x55
        xor     edx, edx
        wrmsr
        rdmsr
        out     0xE9, al
msr_end:

