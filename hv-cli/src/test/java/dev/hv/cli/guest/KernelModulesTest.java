package dev.hv.cli.guest;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KernelModulesTest {

    private static byte[] module(String information) {
        return ("\0code\0" + information).getBytes(StandardCharsets.ISO_8859_1);
    }

    @Test
    void everyValueOfAKeyIsFound() {
        byte[] module = module("license=GPL\0alias=vmbus:01\0alias=vmbus:02\0alias=\0noalias=x\0depends=hv-vmbus,scsi_mod\0");
        assertThat(KernelModules.values(module, "alias")).containsExactly("vmbus:01", "vmbus:02", "");
        assertThat(KernelModules.values(module, "version")).isEmpty();
        assertThat(KernelModules.depends(module)).containsExactly("hv_vmbus", "scsi_mod");
        assertThat(KernelModules.depends(module("depends=\0"))).isEmpty();
    }

    @Test
    void anEntryThatTheFileEndsInIsTaken() {
        assertThat(KernelModules.values(module("alias=vmbus:0"), "alias")).containsExactly("vmbus:0");
    }

    @Test
    void modulesComeBehindWhatTheyNeed(@TempDir Path folder) throws Exception {
        var modules = new KernelModules(folder);
        modules.add("lib/modules/6/kernel/hv_storvsc.ko", new ByteArrayInputStream(module("depends=scsi_mod,hv_vmbus\0")));
        modules.add("lib/modules/6/kernel/hv-vmbus.ko", new ByteArrayInputStream(module("depends=\0")));
        modules.add("lib/modules/6/kernel/scsi_mod.ko", new ByteArrayInputStream(module("depends=\0")));
        assertThat(modules.closure(List.of("hv_storvsc", "absent")).keySet()).containsExactly("scsi_mod", "hv_vmbus", "hv_storvsc");
    }
}
