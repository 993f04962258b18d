package dev.hv.cpu.forms;

import java.lang.classfile.ClassFile;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.Label;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.List;

/**
 * Turns a hot block into a hidden class whose one method calls the block's operations directly: the JVM's compilers then see
 * every operation's exact class and object, inline them all, and drop flags that nobody reads. Semantics stay where they
 * are, in the operations.
 */
public final class BlockCompiler {

    private static final MethodHandles.Lookup LOOKUP = MethodHandles.lookup();
    private static final ClassDesc SELF = ClassDesc.of("dev.hv.cpu.forms.CompiledBlock$Code");
    private static final ClassDesc BASE = CompiledBlock.class.describeConstable().orElseThrow();
    private static final ClassDesc CPU = ClassDesc.of("dev.hv.cpu.state.Cpu");
    private static final ClassDesc LIST = List.class.describeConstable().orElseThrow();
    private static final ClassDesc HANDLES = MethodHandles.class.describeConstable().orElseThrow();
    private static final ClassDesc HANDLES_LOOKUP = MethodHandles.Lookup.class.describeConstable().orElseThrow();
    private static final MethodTypeDesc EXEC = MethodTypeDesc.of(ConstantDescs.CD_int, CPU);

    private BlockCompiler() {}

    /** Compiles the operations of a block. */
    public static CompiledBlock compile(Op[] ops) {
        byte[] bytes = ClassFile.of().build(SELF, cb -> {
            cb.withFlags(ClassFile.ACC_FINAL | ClassFile.ACC_SUPER);
            cb.withSuperclass(BASE);
            for (int i = 0; i < ops.length; i++) {
                cb.withField("op" + i, type(ops[i]), ClassFile.ACC_STATIC | ClassFile.ACC_FINAL);
            }
            cb.withMethodBody(ConstantDescs.CLASS_INIT_NAME, ConstantDescs.MTD_void, ClassFile.ACC_STATIC, code -> initialise(code, ops));
            cb.withMethodBody(ConstantDescs.INIT_NAME, ConstantDescs.MTD_void, 0,
                    code -> code.aload(0).invokespecial(BASE, ConstantDescs.INIT_NAME, ConstantDescs.MTD_void).return_());
            cb.withMethodBody("run", EXEC, ClassFile.ACC_PUBLIC, code -> run(code, ops));
        });
        try {
            var lookup = LOOKUP.defineHiddenClassWithClassData(bytes, List.of(ops), true);
            return (CompiledBlock) lookup.findConstructor(lookup.lookupClass(), MethodType.methodType(void.class)).invoke();
        } catch (Throwable e) {
            throw new IllegalStateException("a compiled block could not be loaded", e);
        }
    }

    private static ClassDesc type(Op op) {
        return op.getClass().describeConstable().orElseThrow();
    }

    private static void initialise(CodeBuilder code, Op[] ops) {
        code.invokestatic(HANDLES, "lookup", MethodTypeDesc.of(HANDLES_LOOKUP))
                .ldc(ConstantDescs.DEFAULT_NAME)
                .ldc(LIST)
                .invokestatic(HANDLES, "classData", MethodTypeDesc.of(ConstantDescs.CD_Object, HANDLES_LOOKUP, ConstantDescs.CD_String, ConstantDescs.CD_Class))
                .checkcast(LIST)
                .astore(0);
        for (int i = 0; i < ops.length; i++) {
            code.aload(0).loadConstant(i).invokeinterface(LIST, "get", MethodTypeDesc.of(ConstantDescs.CD_Object, ConstantDescs.CD_int)).checkcast(type(ops[i]))
                    .putstatic(SELF, "op" + i, type(ops[i]));
        }
        code.return_();
    }

    private static void run(CodeBuilder code, Op[] ops) {
        Label[] left = new Label[ops.length];
        Label[] from = new Label[ops.length];
        Label[] to = new Label[ops.length];
        for (int i = 0; i < ops.length; i++) {
            left[i] = code.newLabel();
            from[i] = code.newBoundLabel();
            code.getstatic(SELF, "op" + i, type(ops[i])).aload(1).invokevirtual(type(ops[i]), "exec", EXEC);
            to[i] = code.newBoundLabel();
            code.dup().istore(2).ifne(left[i]);
        }
        code.iconst_0().ireturn();
        for (int i = 0; i < ops.length; i++) {
            code.labelBinding(left[i]).loadConstant(i << 3).iload(2).ior().ireturn();
        }
        // a table entry an operation tells which one threw: nothing is stored on the fast path
        for (int i = 0; i < ops.length; i++) {
            Label handler = code.newBoundLabel();
            code.aload(1).loadConstant(i).putfield(CPU, "operation", ConstantDescs.CD_int).athrow();
            code.exceptionCatchAll(from[i], to[i], handler);
        }
    }
}
