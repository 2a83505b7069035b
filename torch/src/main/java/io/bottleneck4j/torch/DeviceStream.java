package io.bottleneck4j.torch;

import org.apiguardian.api.API;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.DeviceGuardImplInterface;
import org.bytedeco.pytorch.global.torch;

/**
 * The order in which a GPU does what a thread asks of it: work of two threads runs side by side only on streams of their own. On a CPU
 * there are none, and all here does nothing. Not tried on a GPU yet.
 */
@API(status = API.Status.INTERNAL)
public final class DeviceStream {
    private DeviceStream() {}

    /** Puts what the calling thread asks of the device from now on beside what other threads ask. */
    public static void useOwn(Device device) {
        if (!device.isCpu()) {
            try (PointerScope scope = new PointerScope()) {
                DeviceGuardImplInterface streams = streams(device);
                streams.exchangeStream(streams.getStreamFromGlobalPool(device.raw()));
            }
        }
    }

    /** Waits until the device has done what the calling thread asked of it. */
    public static void finish(Device device) {
        if (!device.isCpu()) {
            try (PointerScope scope = new PointerScope()) {
                DeviceGuardImplInterface streams = streams(device);
                streams.synchronizeStream(streams.getStream(device.raw()));
            }
        }
    }

    private static DeviceGuardImplInterface streams(Device device) {
        Libtorch.load();
        return torch.getDeviceGuardImpl(device.raw().type());
    }
}
