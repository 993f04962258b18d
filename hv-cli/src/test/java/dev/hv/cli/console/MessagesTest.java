package dev.hv.cli.console;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class MessagesTest {

    @Test
    void controlCharactersAreShownAndNotObeyed() {
        assertThat(Messages.line("plain – Größe 日本")).isEqualTo("plain – Größe 日本");
        assertThat(Messages.line("a\nb\r\tc\033[2J\u0007\u009b1m\u007f")).isEqualTo("a\\nb\\r\\tc\\x1b[2J\\x07\\x9b1m\\x7f");
    }
}
