package dev.hv.devices.nvme;

import static dev.hv.devices.nvme.NvmeFormat.*;

import java.util.Arrays;

/** The admin command set (5): what each command does, and how it ends. */
final class AdminCommands {

    private static final int CONTIGUOUS = 1;
    private static final int INTERRUPTS = 1 << 1;
    private static final int RETAIN = 1 << 15;
    private static final int MOST_LOG_BYTES = PAGE << MDTS;

    private final NvmeController controller;
    private final NvmeQueues queues;

    AdminCommands(NvmeController controller, NvmeQueues queues) {
        this.controller = controller;
        this.queues = queues;
    }

    /** Carries a command out, and completes it unless it is a request for an event. */
    void execute(NvmeCommand c) {
        if ((c.flags() & 3) != 0) {
            end(c, INVALID_FIELD | DO_NOT_RETRY);
            return;
        }
        switch (c.opcode()) {
            case DELETE_SQ -> end(c, deleteSubmission(c));
            case CREATE_SQ -> end(c, createSubmission(c));
            case GET_LOG_PAGE -> end(c, log(c));
            case DELETE_CQ -> end(c, deleteCompletion(c));
            case CREATE_CQ -> end(c, createCompletion(c));
            case IDENTIFY -> end(c, identify(c));
            case ABORT -> controller.complete(c, OK, controller.abort(c.dword(10) & 0xFFFF, c.dword(10) >>> 16) ? 0 : 1);
            case SET_FEATURES -> {
                var answer = controller.features().set(c);
                controller.complete(c, answer.status(), answer.value());
            }
            case GET_FEATURES -> {
                var answer = controller.features().get(c);
                controller.complete(c, answer.status(), answer.value());
            }
            case ASYNC_EVENT -> controller.events().await(c);
            default -> end(c, INVALID_OPCODE | DO_NOT_RETRY);
        }
    }

    private void end(NvmeCommand c, int status) {
        controller.complete(c, status == OK ? OK : status | DO_NOT_RETRY, 0);
    }

    // ---- queues --------------------------------------------------------------------------------------------------------------

    private int createCompletion(NvmeCommand c) {
        int number = c.dword(10) & 0xFFFF;
        int size = (c.dword(10) >>> 16) + 1;
        int vector = c.dword(11) >>> 16;
        if (number == 0 || number > MOST_QUEUES || queues.completion(number) != null) {
            return INVALID_QUEUE_ID;
        }
        if (size < 2 || size > MOST_ENTRIES) {
            return INVALID_QUEUE_SIZE;
        }
        if (vector > MOST_QUEUES) {
            return INVALID_VECTOR;
        }
        if ((c.dword(11) & CONTIGUOUS) == 0) {
            return INVALID_FIELD;
        }
        if ((c.prp1() & controller.pageSize() - 1) != 0) {
            return PRP_OFFSET_INVALID;
        }
        queues.put(number, new CompletionQueue(c.prp1(), size, (c.dword(11) & INTERRUPTS) != 0, vector));
        return OK;
    }

    private int createSubmission(NvmeCommand c) {
        int number = c.dword(10) & 0xFFFF;
        int size = (c.dword(10) >>> 16) + 1;
        int completions = c.dword(11) >>> 16;
        if (number == 0 || number > MOST_QUEUES || queues.submission(number) != null) {
            return INVALID_QUEUE_ID;
        }
        if (size < 2 || size > MOST_ENTRIES) {
            return INVALID_QUEUE_SIZE;
        }
        if (completions == 0 || completions > MOST_QUEUES) {
            return INVALID_QUEUE_ID;
        }
        if (queues.completion(completions) == null) {
            return COMPLETION_QUEUE_INVALID;
        }
        if ((c.dword(11) & CONTIGUOUS) == 0) {
            return INVALID_FIELD;
        }
        if ((c.prp1() & controller.pageSize() - 1) != 0) {
            return PRP_OFFSET_INVALID;
        }
        queues.put(number, new SubmissionQueue(c.prp1(), size, completions));
        return OK;
    }

    private int deleteSubmission(NvmeCommand c) {
        int number = c.dword(10) & 0xFFFF;
        if (number == 0 || queues.submission(number) == null) {
            return INVALID_QUEUE_ID;
        }
        controller.abandon(number);
        queues.put(number, (SubmissionQueue) null);
        return OK;
    }

    private int deleteCompletion(NvmeCommand c) {
        int number = c.dword(10) & 0xFFFF;
        if (number == 0 || queues.completion(number) == null) {
            return INVALID_QUEUE_ID;
        }
        if (queues.used(number)) {
            return INVALID_QUEUE_DELETION;
        }
        queues.put(number, (CompletionQueue) null);
        return OK;
    }

    // ---- descriptions --------------------------------------------------------------------------------------------------------

    private int identify(NvmeCommand c) {
        int wanted = c.dword(10) & 0xFF;
        int number = c.namespace();
        NvmeNamespace namespace = controller.namespaces().get(number);
        byte[] answer = switch (wanted) {
            case 0x00 -> known(number) ? NvmeIdentity.namespace(namespace) : null;
            case 0x01 -> NvmeIdentity.controller(controller.serial(), lastNumber());
            case 0x02 -> Integer.compareUnsigned(number, 0xFFFF_FFFE) >= 0 ? null : NvmeIdentity.list(controller.namespaces(), number);
            case 0x03 -> namespace == null ? null : NvmeIdentity.descriptors(namespace);
            default -> new byte[0];
        };
        if (answer == null) {
            return INVALID_NAMESPACE;
        }
        return answer.length == 0 ? INVALID_FIELD : give(c, answer);
    }

    private int lastNumber() {
        return controller.namespaces().isEmpty() ? 0 : controller.namespaces().lastKey();
    }

    private boolean known(int number) {
        return number > 0 && number <= lastNumber();
    }

    private int log(NvmeCommand c) {
        long length = (((long) c.dword(11) & 0xFFFF) << 16 | c.dword(10) >>> 16) + 1 << 2;
        long from = c.dword(12) & 0xFFFF_FFFFL | (long) c.dword(13) << 32;
        int number = c.dword(10) & 0xFF;
        if (number == LOG_HEALTH && c.namespace() != ALL && c.namespace() != 0 || length > MOST_LOG_BYTES || (from & 3) != 0) {
            return INVALID_FIELD;
        }
        byte[] page = controller.logs().page(number, (c.dword(10) & RETAIN) != 0, NvmeFeatures.TEMPERATURE);
        if (page == null) {
            return INVALID_LOG_PAGE;
        }
        if (from < 0 || from >= page.length) {
            return INVALID_FIELD;
        }
        int end = (int) Math.min(page.length, from + length);
        return give(c, Arrays.copyOf(Arrays.copyOfRange(page, (int) from, end), (int) length));
    }

    private int give(NvmeCommand c, byte[] data) {
        // data of admin commands is described by pages alone
        if (c.flags() >> 6 != 0) {
            return INVALID_FIELD;
        }
        var parsed = DataPointer.parse(c, controller.memory(), controller.pageSize(), data.length, true);
        if (parsed.status() != OK) {
            return parsed.status();
        }
        return parsed.pointer().scatter(data) ? OK : DATA_TRANSFER_ERROR;
    }
}
