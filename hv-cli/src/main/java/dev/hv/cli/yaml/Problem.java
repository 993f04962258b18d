package dev.hv.cli.yaml;

/**
 * Something wrong in a file.
 *
 * @param place where
 * @param message what is wrong, and what would be right, in a line
 */
public record Problem(Place place, String message) {

    @Override
    public String toString() {
        return place + ": " + message;
    }
}
