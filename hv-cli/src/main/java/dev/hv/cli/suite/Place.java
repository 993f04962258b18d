package dev.hv.cli.suite;

import java.nio.file.Path;

/**
 * Where something stands in a suite file.
 *
 * @param file as it was given
 * @param line from 1
 * @param column from 1, in characters
 */
public record Place(Path file, int line, int column) {

    @Override
    public String toString() {
        return file + ":" + line + ":" + column;
    }
}
