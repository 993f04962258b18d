package dev.hv.cli.checkpoint;

import java.util.List;
import java.util.Map;

/** The fields of an object of a manifest; what is missing or of another kind is a damaged manifest. */
record Fields(Map<?, ?> map) {

    /** Fields of a value that must be an object. */
    static Fields of(Object value) throws CheckpointException {
        if (value instanceof Map<?, ?> map) {
            return new Fields(map);
        }
        throw new CheckpointException("manifest.json is damaged: an object is missing");
    }

    private <T> T get(String name, Class<T> kind) throws CheckpointException {
        if (!kind.isInstance(map.get(name))) {
            throw new CheckpointException("manifest.json is damaged: " + name + " is missing");
        }
        return kind.cast(map.get(name));
    }

    String text(String name) throws CheckpointException {
        return get(name, String.class);
    }

    /** A text, or null where there is none. */
    String optional(String name) throws CheckpointException {
        return map.get(name) == null ? null : text(name);
    }

    long number(String name) throws CheckpointException {
        return get(name, Long.class);
    }

    /** A number, or another where there is none. */
    long number(String name, long otherwise) throws CheckpointException {
        return map.get(name) == null ? otherwise : number(name);
    }

    boolean has(String name) {
        return map.get(name) != null;
    }

    boolean flag(String name) throws CheckpointException {
        return get(name, Boolean.class);
    }

    List<?> list(String name) throws CheckpointException {
        return get(name, List.class);
    }

    Fields object(String name) throws CheckpointException {
        return of(map.get(name));
    }
}
