package dev.hv.cli.inspect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Random;
import org.junit.jupiter.api.Test;

/** Paths find what they name, and say what is there when they name nothing. */
class InspectTreeTest {

    private final InspectNode.Branch root = new InspectNode.Branch();
    private final InspectTree tree = new InspectTree(root);

    InspectTreeTest() {
        var out = new InspectWriter(root);
        out.begin("vm a b/c", 1);
        for (int i = 0; i < 2; i++) {
            out.item("vp", i);
            out.begin("virtual-processor", 1);
            out.put("rip", -2L - i);
            out.put("sint", new long[] {0x10000, 0x30000 + i});
            out.end();
        }
        out.endItems();
        out.put("count", 999_999);
        out.put("again", "x\n\u001b[1m");
        out.put("again", new byte[] {1, -1}, 0, 2);
        out.put("on", true);
        out.tell("told", () -> 7);
        out.end();
    }

    private String lines(String path) throws InspectException {
        return InspectText.lines(tree.find(path));
    }

    @Test
    void namesPlacesAndWildcardsFindValues() throws InspectException {
        assertThat(lines("vm/a b_c/count")).isEqualTo("vm/a b_c/count = 999999\n");
        assertThat(lines("/vm/0/vp/1/rip/")).isEqualTo("vm/a b_c/vp/1/rip = 0xfffffffffffffffd\n");
        assertThat(lines("vm/*/vp/*/r*p")).isEqualTo("vm/a b_c/vp/0/rip = 0xfffffffffffffffe\nvm/a b_c/vp/1/rip = 0xfffffffffffffffd\n");
        assertThat(lines("**/sint/1")).isEqualTo("vm/a b_c/vp/0/sint/1 = 196608\nvm/a b_c/vp/1/sint/1 = 196609\n");
        assertThat(lines("vm/0/again")).isEqualTo("vm/a b_c/again/0 = x\\u000a\\u001b[1m\nvm/a b_c/again/1 = 01ff\n");
        assertThat(tree.value("vm/0/on").number()).isEqualTo(1);
        assertThat(tree.value("vm/0/told").number()).isEqualTo(7);
        assertThat(InspectText.json(tree.find("vm/0/vp/0"))).isEqualTo("""
                {
                  "vm/a b_c/vp/0" : {
                    "rip" : -2,
                    "sint" : {
                      "0" : 65536,
                      "1" : 196608
                    }
                  }
                }
                """);
        assertThat(InspectText.lines(tree.find("")).lines()).hasSize(11);
    }

    @Test
    void aWrongPathSaysWhatIsThere() {
        refused("nix", "nix: no nix; there is vm");
        refused("vm/0/vp/2/rip", "vm/0/vp/2/rip: no 2; in vm/a b_c/vp is 0, 1");
        refused("vm/0/count/x", "vm/0/count/x: vm/a b_c/count is a value, with nothing below");
        assertThatThrownBy(() -> tree.value("vm/*/vp/*/rip")).isInstanceOf(InspectException.class).hasMessageContaining("names 2 things");
        assertThatThrownBy(() -> tree.value("vm/0/vp/0")).isInstanceOf(InspectException.class).hasMessage("vm/0/vp/0 has more below: rip, sint");
    }

    private void refused(String path, String why) {
        assertThatThrownBy(() -> tree.find(path)).isInstanceOf(InspectException.class).hasMessage(why);
    }

    @Test
    void anyTextAsAPathEndsInAFindOrASentence() {
        var random = new Random(7);
        String[] pieces = {"*", "**", "/", "vm", "0", "a b_c", "vp", "\\E", "[", "\\", "(", "99999999999", "+", "\n", "rip", "?"};
        for (int i = 0; i < 20_000; i++) {
            var path = new StringBuilder();
            for (int n = random.nextInt(9); n > 0; n--) {
                path.append(pieces[random.nextInt(pieces.length)]);
            }
            try {
                assertThat(tree.find(path.toString())).isNotEmpty();
            } catch (InspectException e) {
                assertThat(e.getMessage()).isNotEmpty();
            }
        }
    }
}
