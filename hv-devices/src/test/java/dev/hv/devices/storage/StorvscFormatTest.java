package dev.hv.devices.storage;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Pins the layout to the sizes of the fields as the public headers list them. */
class StorvscFormatTest {

    @Test
    void requestFieldsFollowOneAnother() {
        int at = 12;
        assertThat(StorvscFormat.BODY).isEqualTo(at);
        assertThat(StorvscFormat.SRB_LENGTH).isEqualTo(at);
        assertThat(StorvscFormat.SRB_STATUS).isEqualTo(at += 2);
        assertThat(StorvscFormat.SRB_SCSI_STATUS).isEqualTo(at += 1);
        assertThat(StorvscFormat.SRB_PORT).isEqualTo(at += 1);
        assertThat(StorvscFormat.SRB_PATH).isEqualTo(at += 1);
        assertThat(StorvscFormat.SRB_TARGET).isEqualTo(at += 1);
        assertThat(StorvscFormat.SRB_LUN).isEqualTo(at += 1);
        assertThat(StorvscFormat.SRB_CDB_LENGTH).isEqualTo(at += 1);
        assertThat(StorvscFormat.SRB_SENSE_LENGTH).isEqualTo(at += 1);
        assertThat(StorvscFormat.SRB_DIRECTION).isEqualTo(at += 1);
        assertThat(StorvscFormat.SRB_TRANSFER_LENGTH).isEqualTo(at += 1 + 1);
        assertThat(StorvscFormat.SRB_CDB).isEqualTo(at += 4);
        assertThat(StorvscFormat.SIZE_OLD).isEqualTo(at += StorvscFormat.SRB_SENSE_ROOM);
        assertThat(StorvscFormat.SRB_QUEUE_TAG).isEqualTo(at += 2);
        assertThat(StorvscFormat.SRB_QUEUE_ACTION).isEqualTo(at += 1);
        assertThat(StorvscFormat.SRB_FLAGS).isEqualTo(at += 1);
        assertThat(StorvscFormat.SRB_TIMEOUT).isEqualTo(at += 4);
        assertThat(StorvscFormat.SRB_SORT_KEY).isEqualTo(at += 4);
        assertThat(StorvscFormat.SIZE).isEqualTo(at + 4);
    }

    @Test
    void propertiesFollowOneAnother() {
        int at = 12 + 4;
        assertThat(StorvscFormat.PROPERTIES_MOST_SUB_CHANNELS).isEqualTo(at);
        assertThat(StorvscFormat.PROPERTIES_FLAGS).isEqualTo(at += 2 + 2);
        assertThat(StorvscFormat.PROPERTIES_MOST_TRANSFER).isEqualTo(at + 4);
    }
}
