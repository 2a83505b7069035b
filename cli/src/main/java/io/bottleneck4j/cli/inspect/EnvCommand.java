package io.bottleneck4j.cli.inspect;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.bottleneck4j.cli.options.Surroundings;
import io.bottleneck4j.cli.terminal.ExitCode;
import io.bottleneck4j.cli.terminal.Format;
import io.bottleneck4j.models.folder.HubCache;
import io.bottleneck4j.pipeline.Settings;
import io.bottleneck4j.torch.CpuFeatures;
import io.bottleneck4j.torch.Libtorch;
import io.bottleneck4j.torch.Processors;
import io.bottleneck4j.torch.SystemMemory;
import java.io.PrintWriter;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code env}: what a bug report should hold. */
@Command(name = "env")
public final class EnvCommand implements Callable<Integer> {
    /** The instructions that decide which type is fast. */
    private static final List<String> FEATURES =
            List.of("avx2", "avx512f", "avx512_bf16", "avx512_fp16", "amx_bf16", "amx_tile");

    private final Surroundings surroundings;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Mixin
    private Format.Choice format = new Format.Choice();

    public EnvCommand(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    @Override
    public Integer call() {
        ObjectNode env = describe();
        PrintWriter out = spec.commandLine().getOut();
        if (format.isJson()) {
            out.println(env);
        } else {
            env.properties()
                    .forEach(entry ->
                            out.printf("%-20s %s%n", entry.getKey().replace('_', ' '), text(entry.getValue())));
        }
        return ExitCode.OK;
    }

    private static String text(JsonNode value) {
        return value.isValueNode()
                ? value.asText()
                : String.join(", ", value.valueStream().map(JsonNode::asText).toList());
    }

    private ObjectNode describe() {
        CpuFeatures cpu = CpuFeatures.detect();
        ObjectNode env = JsonNodeFactory.instance
                .objectNode()
                .put("bottleneck4j", Settings.version())
                .put(
                        "java",
                        property("java.version") + " (" + property("java.vm.name") + ", " + property("java.vendor")
                                + ")")
                .put("os", property("os.name") + " " + property("os.version") + " " + property("os.arch"))
                .put("libtorch", Libtorch.version())
                .put("cpu_capability", Libtorch.cpuCapability());
        ArrayNode features = env.putArray("cpu_features");
        new TreeSet<>(cpu.flags()).stream().filter(FEATURES::contains).forEach(features::add);
        env.put("bfloat16_in_hardware", cpu.hasBfloat16())
                .put("processors", Runtime.getRuntime().availableProcessors())
                .put("threads", Processors.cores())
                .put("omp_wait_policy", waitPolicy())
                .put("memory_bytes", SystemMemory.totalBytes().orElse(-1))
                .put("memory_available_bytes", SystemMemory.availableBytes().orElse(-1))
                .put("java_heap_max_bytes", Runtime.getRuntime().maxMemory());
        ArrayNode devices = env.putArray("devices").add("cpu");
        for (int i = 0; i < Libtorch.cudaDevices(); i++) {
            devices.add("cuda:" + i);
        }
        return env.put("built_with_cuda", Libtorch.builtWithCuda())
                .put("model_cache", surroundings.cache().toString())
                .put(
                        "hugging_face_cache",
                        HubCache.of(surroundings.environment(), surroundings.home())
                                .root()
                                .toString());
    }

    private String waitPolicy() {
        return surroundings.environment().getOrDefault("OMP_WAIT_POLICY", "not set");
    }

    private static String property(String key) {
        return System.getProperty(key, "unknown");
    }
}
