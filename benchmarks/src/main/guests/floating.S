# Floating point: scalar and packed SSE2 arithmetic, conversions, and an x87 polynomial. Runs for ever.
        .intel_syntax noprefix
        .globl _start
_start: movsd   xmm1, [rip+step]
        movapd  xmm4, [rip+pair]
        xorpd   xmm0, xmm0
        mov     ecx, 1000
1:      addsd   xmm0, xmm1
        movapd  xmm2, xmm0
        mulsd   xmm2, xmm0
        subsd   xmm2, xmm1
        divsd   xmm2, [rip+divisor]
        sqrtsd  xmm3, xmm2
        addpd   xmm5, xmm4
        mulpd   xmm5, xmm4
        cvttsd2si eax, xmm2
        cvtsi2sd xmm6, eax
        comisd  xmm2, xmm6
        fld     qword ptr [rip+step]
        fld     qword ptr [rip+divisor]
        fmul    st, st(1)
        faddp   st(1), st
        fstp    qword ptr [rip+out]
        dec     ecx
        jnz     1b
        jmp     _start
        .align  16
pair:   .double 0.5, 0.25
step:   .double 0.125
divisor: .double 3.0
# a page of its own: what is written beside code is dear on every engine
        .align  4096
out:    .double 0
