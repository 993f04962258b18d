package dev.hv.devices.ide;

import static dev.hv.devices.ide.AtaFormat.*;

import dev.hv.devices.ide.AtaDrive.Transfer;

/** The commands of an ATA disk (ATA/ATAPI-7, section 6): what each asks of its drive. */
final class DriveCommands {

    private final AtaDrive drive;
    private final TaskFile file;

    /**
     * Commands to a drive.
     *
     * @param file registers with their parameters
     */
    DriveCommands(AtaDrive drive, TaskFile file) {
        this.drive = drive;
        this.file = file;
    }

    /** Begins a command; one that does not concern data has ended on return. */
    void carryOut(int code) {
        switch (code) {
            case IDENTIFY -> drive.identify();
            case READ_SECTORS, READ_SECTORS_ONCE -> drive.transfer(Transfer.PIO_IN, false, 1);
            case READ_SECTORS_EXT -> drive.transfer(Transfer.PIO_IN, true, 1);
            case WRITE_SECTORS, WRITE_SECTORS_ONCE -> drive.transfer(Transfer.PIO_OUT, false, 1);
            case WRITE_SECTORS_EXT -> drive.transfer(Transfer.PIO_OUT, true, 1);
            case READ_MULTIPLE -> drive.transfer(Transfer.PIO_IN, false, drive.settings().multiple());
            case READ_MULTIPLE_EXT -> drive.transfer(Transfer.PIO_IN, true, drive.settings().multiple());
            case WRITE_MULTIPLE -> drive.transfer(Transfer.PIO_OUT, false, drive.settings().multiple());
            case WRITE_MULTIPLE_EXT -> drive.transfer(Transfer.PIO_OUT, true, drive.settings().multiple());
            case READ_DMA, READ_DMA_ONCE -> drive.transfer(Transfer.DMA_IN, false, 1);
            case READ_DMA_EXT -> drive.transfer(Transfer.DMA_IN, true, 1);
            case WRITE_DMA, WRITE_DMA_ONCE -> drive.transfer(Transfer.DMA_OUT, false, 1);
            case WRITE_DMA_EXT -> drive.transfer(Transfer.DMA_OUT, true, 1);
            case READ_VERIFY, READ_VERIFY_ONCE -> drive.verify(false);
            case READ_VERIFY_EXT -> drive.verify(true);
            case SEEK -> {
                if (drive.find(false)) {
                    drive.succeed();
                }
            }
            case FLUSH_CACHE, FLUSH_CACHE_EXT -> drive.flush();
            case READ_NATIVE_MAX -> {
                file.setAddress(Math.min(DriveIdentity.sectors(drive.disk()), 1 << 28) - 1, false);
                drive.succeed();
            }
            case READ_NATIVE_MAX_EXT -> {
                file.setAddress(DriveIdentity.sectors(drive.disk()) - 1, true);
                drive.succeed();
            }
            case DIAGNOSTIC -> {
                file.signature();
                drive.diagnosed();
            }
            case CHECK_POWER -> {
                file.count = POWER_ACTIVE;
                drive.succeed();
            }
            case STANDBY_IMMEDIATE, IDLE_IMMEDIATE, STANDBY, IDLE, SLEEP -> drive.flush();
            case INITIALIZE_PARAMETERS -> done(drive.settings().setGeometry((file.device & HEAD) + 1, file.count & 0xFF));
            case SET_MULTIPLE -> done(drive.settings().setMultiple(file.count & 0xFF));
            case SET_FEATURES -> setFeatures();
            default -> {
                if ((code & 0xF0) == RECALIBRATE) {
                    drive.succeed();
                } else {
                    drive.fail(ABORTED);
                }
            }
        }
    }

    /** Ends a command without data: in good order, or as one that the drive does not know. */
    private void done(boolean known) {
        if (known) {
            drive.succeed();
        } else {
            drive.fail(ABORTED);
        }
    }

    private void setFeatures() {
        switch (file.features & 0xFF) {
            case FEATURE_WRITE_CACHE_ON -> {
                drive.settings().setWriteCache(true);
                drive.succeed();
            }
            case FEATURE_WRITE_CACHE_OFF -> {
                drive.settings().setWriteCache(false);
                drive.flush();
            }
            case FEATURE_LOOK_AHEAD_ON -> {
                drive.settings().setLookAhead(true);
                drive.succeed();
            }
            case FEATURE_LOOK_AHEAD_OFF -> {
                drive.settings().setLookAhead(false);
                drive.succeed();
            }
            case FEATURE_TRANSFER_MODE -> done(drive.settings().setTransferMode(file.count >>> 3 & 0x1F, file.count & 7));
            default -> drive.fail(ABORTED);
        }
    }
}
