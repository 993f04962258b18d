# Calls: Fibonacci by recursion, frames on the stack, indirect calls. Runs for ever.
        .intel_syntax noprefix
        .globl _start
_start: mov     edi, 15
        call    fib
        lea     rax, [rip+leaf]
        mov     ecx, 64
1:      call    rax
        dec     ecx
        jnz     1b
        jmp     _start
fib:    push    rbp
        mov     rbp, rsp
        push    rbx
        push    rdi
        cmp     edi, 2
        jb      2f
        dec     edi
        call    fib
        mov     ebx, eax
        mov     rdi, [rbp-16]
        sub     edi, 2
        call    fib
        add     eax, ebx
        jmp     3f
2:      mov     eax, edi
3:      pop     rdi
        pop     rbx
        pop     rbp
        ret
leaf:   add     rdx, 1
        ret
