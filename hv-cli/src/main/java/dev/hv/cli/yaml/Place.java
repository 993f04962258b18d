package dev.hv.cli.yaml;

import java.nio.file.Path;

/**
 * Where something stands in a YAML file.
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
