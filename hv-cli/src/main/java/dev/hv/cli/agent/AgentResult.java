package dev.hv.cli.agent;

/**
 * What came of a request.
 *
 * @param value of a request that succeeded, if it has one
 * @param failure why it did not, in one line; null when it did
 */
public record AgentResult<T>(T value, String failure) {

    public boolean ok() {
        return failure == null;
    }
}
