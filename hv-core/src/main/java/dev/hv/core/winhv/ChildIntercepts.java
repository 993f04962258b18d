package dev.hv.core.winhv;

import dev.hv.core.tlfs.HvInterceptMessage;
import dev.hv.core.tlfs.HvMessage;
import dev.hv.core.tlfs.InterceptAnswer;
import dev.hv.core.tlfs.InterceptHandler;
import dev.hv.core.tlfs.InterceptMessage;
import dev.hv.core.tlfs.InterceptReceiver;
import dev.hv.core.tlfs.IoPortIntercept;

/** Takes a child's intercept messages apart for the service that owns it, and answers them at once with what that did. */
final class ChildIntercepts implements InterceptReceiver {

    private static final int RAX = 0;

    private final InterceptHandler handler;
    private final IoPortIntercept port = new IoPortIntercept();

    ChildIntercepts(InterceptHandler handler) {
        this.handler = handler;
    }

    InterceptHandler handler() {
        return handler;
    }

    @Override
    public boolean intercepted(InterceptMessage message, InterceptAnswer answer) {
        if (message.type() != HvMessage.IO_PORT) {
            return false;
        }
        ioPort(message, answer);
        return true;
    }

    /** One access: IN changes as much of RAX as it reads, four bytes clear the upper half. */
    private void ioPort(InterceptMessage m, InterceptAnswer answer) {
        int size = (int) m.get(HvInterceptMessage.IO_ACCESS_INFO, 1) & HvInterceptMessage.IO_BYTES_MOVED;
        long mask = -1L >>> 64 - 8 * size;
        long rax = m.get(HvInterceptMessage.IO_RAX, 8);
        boolean write = m.write();
        port.set(m.vpIndex(), (int) m.get(HvInterceptMessage.IO_PORT, 2), size, write, write ? (int) (rax & mask) : -1);
        handler.ioPort(port);
        if (!write) {
            answer.set(RAX, (size == 4 ? 0 : rax & ~mask) | port.data() & mask);
        }
        answer.advance();
    }
}
