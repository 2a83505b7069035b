package io.bottleneck4j.models.lora;

import io.bottleneck4j.models.lora.LoraTargets.Target;
import io.bottleneck4j.models.mmdit.OriginalLayers;
import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Scope;
import io.bottleneck4j.torch.io.Excerpt;
import io.bottleneck4j.torch.io.SafetensorsFile;
import io.bottleneck4j.torch.io.TensorInfo;
import io.bottleneck4j.torch.io.WeightsException;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A LoRA file: pairs of matrices A [rank, in] and B [out, rank] by module, each with its alpha. Read are the forms of diffusers and peft
 * ({@code lora_A}, {@code lora_B}; before peft {@code lora.down} and {@code processor.to_q_lora.down}), of kohya's scripts and what follows them ({@code lora_down}, {@code lora_up}, {@code alpha}), and of
 * XLabs ({@code processor.qkv_lora1.down}). Values are in float32, float16 or bfloat16.
 *
 * <p>Alpha is the tensor {@code MODULE.alpha}, else what diffusers' {@code lora_adapter_metadata} in the header or peft's {@code
 * adapter_config.json} beside the file says, else the rank. Source:
 * loaders/lora_pipeline.py and utils/peft_utils.py of diffusers@0.42.1; tuners/lora/layer.py of peft@0.21.2 for rsLoRA. One thing differs:
 * diffusers drops the alphas of kohya's {@code final_layer}, which the program that trained them did not.
 */
public final class LoraFile {
    private static final Pattern DOWN = Pattern.compile(
            "(.+?)\\.lora(?:_A|[_.]down)(?:\\.[\\w-]+)?\\.weight|(.+\\.processor\\.\\w+_lora[12]?)\\.down\\.weight");
    private static final Pattern UP = Pattern.compile(
            "(.+?)\\.lora(?:_B|[_.]up)(?:\\.[\\w-]+)?\\.weight|(.+\\.processor\\.\\w+_lora[12]?)\\.up\\.weight");
    private static final Pattern PROCESSOR = Pattern.compile("\\.processor\\.to_(q|k|v|out)_lora$");
    private static final Pattern ALPHA = Pattern.compile("(.+?)(?:\\.lora_A)?\\.alpha");
    private static final Pattern OTHER = Pattern.compile("(.+?)\\.([^.]+(?:\\.(?:weight|bias))?)");
    private static final Pattern UNET =
            Pattern.compile("(^|[._])((down|up|input|output)_blocks|mid_block|middle_block)[._]");

    /** Digits of the hash that Automatic1111 calls a LoRA by. */
    private static final int SHORT_HASH = 12;

    /** Modules that a message names. */
    private static final int SHOWN = 3;

    /** A form of adapter that is more than a LoRA. */
    private record Other(Pattern tensor, String what) {}

    private static final String PLAIN =
            "; only plain LoRA is read: merge it into a model where it was made, and extract a"
                    + " LoRA from that, as networks/flux_extract_lora.py of kohya's scripts does";

    private static final List<Other> OTHERS = List.of(
            new Other(
                    Pattern.compile(".+\\.(dora_scale|lora_magnitude_vector)(\\..+)?"),
                    "is a DoRA, which also brings the changed weights to a length of its own" + PLAIN),
            new Other(Pattern.compile(".+\\.lokr_.+"), "is a LoKr, which multiplies by Kronecker" + PLAIN),
            new Other(Pattern.compile(".+\\.hada_.+"), "is a LoHa, which multiplies by Hadamard" + PLAIN),
            new Other(Pattern.compile(".+\\.oft_.+"), "is an OFT, which turns the weights" + PLAIN));

    private static final Other CONTROL = new Other(
            Pattern.compile(".+\\.(query_norm|key_norm)\\.scale|.+\\.norm_(added_)?[qk]\\.weight"),
            "is a control LoRA, as FLUX.1-Canny's and -Depth's, which takes a second picture as input and replaces"
                    + " normalisations; bottleneck4j draws from text alone: take a LoRA of a style or subject");

    private final Path path;
    private final String sha256;
    private final String shortHash;
    private final Map<String, TensorInfo> infos;
    private final Map<String, Matrices> modules;

    /** The tensors of a module; none of a role where the file lacks it. */
    private static final class Matrices {
        private @Nullable String down;
        private @Nullable String up;
        private double alpha = Double.NaN; // none
        private boolean rankStabilised;
        private final List<String> others = new ArrayList<>();
    }

    private LoraFile(Path path, String sha256, String shortHash, SafetensorsFile file) {
        this.path = path;
        this.sha256 = sha256;
        this.shortHash = shortHash;
        infos = file.infos();
        OTHERS.forEach(form -> refuse(path, infos, form));
        modules = modules(file);
        if (modules.values().stream().allMatch(module -> module.down == null && module.up == null)) {
            throw holdsNone(path, infos);
        }
        refuse(path, infos, CONTROL);
        AdapterMetadata metadata = AdapterMetadata.read(path, file.metadata());
        modules.forEach((name, module) -> {
            if (Double.isNaN(module.alpha)) {
                metadata.alpha(name).ifPresent(alpha -> {
                    module.alpha = alpha;
                    module.rankStabilised = metadata.isRankStabilised(name);
                });
            }
        });
    }

    /**
     * Reads a file's header, its alphas and, for its hash, all of it once.
     *
     * @throws WeightsException if it is none, or a form of adapter that is not read
     */
    public static LoraFile read(Path path) {
        try (SafetensorsFile file = SafetensorsFile.open(path)) {
            MessageDigest whole = MessageDigest.getInstance("SHA-256");
            MessageDigest values = MessageDigest.getInstance("SHA-256");
            hash(path, whole, values);
            HexFormat hex = HexFormat.of();
            String shown = hex.formatHex(values.digest()).substring(0, SHORT_HASH);
            return new LoraFile(path, hex.formatHex(whole.digest()), shown, file);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        } catch (IOException e) {
            throw new WeightsException(
                    path + ": must be readable: " + e.getClass().getSimpleName() + ": " + e.getMessage()
                            + "; check its permissions and disk",
                    e);
        }
    }

    /** Of all bytes, and of those behind the header. */
    private static void hash(Path path, MessageDigest whole, MessageDigest values) throws IOException {
        try (InputStream in = new BufferedInputStream(Files.newInputStream(path))) {
            byte[] length = in.readNBytes(Long.BYTES);
            byte[] header = in.readNBytes(Math.toIntExact(
                    ByteBuffer.wrap(length).order(ByteOrder.LITTLE_ENDIAN).getLong()));
            whole.update(length);
            whole.update(header);
            byte[] part = new byte[1 << 16];
            for (int n = in.read(part); n > 0; n = in.read(part)) {
                whole.update(part, 0, n);
                values.update(part, 0, n);
            }
        }
    }

    private static void refuse(Path path, Map<String, TensorInfo> infos, Other form) {
        infos.keySet().stream()
                .filter(key -> form.tensor().matcher(key).matches())
                .findFirst()
                .ifPresent(key -> {
                    throw new WeightsException(path + ": " + form.what() + " (tensor " + Excerpt.quoted(key) + ")");
                });
    }

    private static WeightsException holdsNone(Path path, Map<String, TensorInfo> infos) {
        String first = infos.isEmpty()
                ? "no tensors"
                : infos.size() + " tensors, as "
                        + Excerpt.quoted(infos.keySet().iterator().next());
        boolean model =
                infos.keySet().stream().anyMatch(key -> key.matches("(.+\\.)?(double|transformer)_blocks\\..+"));
        return new WeightsException(path + ": is no LoRA: it holds " + first
                + (model
                        ? ", which are the weights of a whole model; name it by --model"
                        : ", and none named lora_A and lora_B, or lora_down and lora_up; name a LoRA's file"));
    }

    private static Map<String, Matrices> modules(SafetensorsFile file) {
        Map<String, Matrices> modules = new LinkedHashMap<>();
        for (String key : file.infos().keySet()) {
            Matcher down = DOWN.matcher(key);
            Matcher up = UP.matcher(key);
            Matcher alpha = ALPHA.matcher(key);
            Matcher other = OTHER.matcher(key);
            if (down.matches()) {
                Matrices module = module(modules, down);
                module.down = unique(module, module.down, key);
            } else if (up.matches()) {
                Matrices module = module(modules, up);
                module.up = unique(module, module.up, key);
            } else if (alpha.matches()) {
                module(modules, alpha).alpha = number(file, key);
            } else {
                String name = other.matches() ? other.group(1) : key;
                modules.computeIfAbsent(name, same -> new Matrices())
                        .others
                        .add(other.matches() ? other.group(2) : key);
            }
        }
        return modules;
    }

    private static Matrices module(Map<String, Matrices> modules, Matcher key) {
        String name = key.group(1) != null ? key.group(1) : key.group(2);
        Matcher processor = PROCESSOR.matcher(name);
        if (processor.find()) { // as diffusers once had it
            String layer = processor.group(1).equals("out") ? "out.0" : processor.group(1);
            name = name.substring(0, processor.start()) + ".to_" + layer;
        }
        return modules.computeIfAbsent(name, same -> new Matrices());
    }

    /** Two adapters of one file would be under two names: they are not added, and told. */
    private static String unique(Matrices module, @Nullable String before, String key) {
        if (before != null) {
            module.others.add(key);
            return before;
        }
        return key;
    }

    /** The value of a tensor of one number; infinity where it is none, which is refused later. */
    private static double number(SafetensorsFile file, String key) {
        TensorInfo info = file.infos().get(key);
        if (info == null || info.numel() != 1) {
            return Double.POSITIVE_INFINITY;
        }
        try (Scope scope = Scope.open()) {
            float value = file.copy(key).to(DType.FLOAT32).toFloats()[0];
            return Float.isFinite(value) ? value : Double.POSITIVE_INFINITY;
        }
    }

    public Path path() {
        return path;
    }

    /** The SHA-256 of the file: 64 lower-case hexadecimal digits. */
    public String sha256() {
        return sha256;
    }

    /** What Automatic1111's web UI and Civitai (AutoV3) call it by: 12 digits of the SHA-256 of what follows the header. */
    public String shortHash() {
        return shortHash;
    }

    /** Opens it for its matrices; a file that was changed since it was read is refused. */
    SafetensorsFile open() {
        SafetensorsFile file = SafetensorsFile.open(path);
        if (!file.infos().equals(infos)) {
            file.close();
            throw new WeightsException(path + ": was changed since the model was opened; open the model again");
        }
        return file;
    }

    /**
     * Holds it against a model.
     *
     * @param scale what all it adds is multiplied by
     * @param partial whether to pass over modules that do not fit, with a note, as long as one does
     * @param model names, types and shapes of the weights of each component, by its name
     * @param original what its transformer's layers were called at first
     * @throws WeightsException naming the first modules that do not fit, and why
     */
    public FittedLora fit(
            double scale, boolean partial, Map<String, Map<String, TensorInfo>> model, OriginalLayers original) {
        LoraTargets targets = new LoraTargets(model, original);
        Map<String, List<LowRank>> updates = new LinkedHashMap<>();
        Map<String, Integer> counts = new HashMap<>();
        Map<String, String> taken = new HashMap<>();
        List<String> unfit = new ArrayList<>();
        modules.forEach((name, module) -> {
            Target target = targets.find(name);
            Optional<String> fault = fault(module, target, targets).or(() -> second(name, target, taken));
            if (fault.isPresent()) {
                unfit.add(Excerpt.of(name, 80) + " (" + fault.get() + ")");
                return;
            }
            counts.merge(target.component(), 1, Integer::sum);
            updates.computeIfAbsent(target.component(), key -> new ArrayList<>())
                    .addAll(products(module, target, targets, scale));
        });
        int fitting = modules.size() - unfit.size();
        if (fitting == 0 || (!partial && !unfit.isEmpty())) {
            throw unfit(unfit, fitting);
        }
        String parts = LoraTargets.COMPONENTS.stream()
                .filter(counts::containsKey)
                .map(component -> component + " " + counts.get(component))
                .collect(Collectors.joining(", "));
        String note = "lora " + path.getFileName() + ": applied " + fitting + " of " + modules.size() + " modules ("
                + parts + "), scale " + number(scale)
                + (unfit.isEmpty() ? "" : "; left out since they do not fit: " + first(unfit));
        return new FittedLora(this, scale, partial, updates, note);
    }

    /** As people write it: 1 and not 1.0. */
    private static String number(double scale) {
        return scale == Math.rint(scale) ? String.valueOf((long) scale) : String.valueOf(scale);
    }

    private static String first(List<String> unfit) {
        String first = unfit.stream().limit(SHOWN).collect(Collectors.joining(", "));
        return unfit.size() > SHOWN ? first + " and " + (unfit.size() - SHOWN) + " more" : first;
    }

    private WeightsException unfit(List<String> unfit, int fitting) {
        boolean unet =
                modules.keySet().stream().anyMatch(name -> UNET.matcher(name).find());
        String which = fitting == 0
                ? "none of its " + modules.size() + " modules fits the model: "
                : unfit.size() + " of its " + modules.size() + " modules " + (unfit.size() == 1 ? "does" : "do")
                        + " not fit the model: ";
        String remedy = unet
                ? "its names are those of Stable Diffusion's U-Net; take a LoRA of this model"
                : fitting == 0
                        ? "is it of another family? take a LoRA of this model"
                        : "take a LoRA of this model, or apply the other " + fitting + " alone by --lora-partial";
        return new WeightsException("lora " + path + ": " + which + first(unfit) + "; " + remedy);
    }

    /** Why a module does not fit. */
    private Optional<String> fault(Matrices module, Target target, LoraTargets targets) {
        if (!module.others.isEmpty()) {
            return Optional.of("holds " + Excerpt.list(module.others) + ", which is not read");
        }
        String a = module.down;
        String b = module.up;
        if (a == null || b == null) {
            return Optional.of("lacks " + (a == null ? "A (down)" : "B (up)"));
        }
        Optional<long[]> down = matrix(a);
        Optional<long[]> up = matrix(b);
        if (down.isEmpty() || up.isEmpty()) {
            return Optional.of("is of a convolution, to which no LoRA is added");
        }
        long rank = down.get()[0];
        if (rank < 1 || rank != up.get()[1]) {
            return Optional.of("its A has rank " + rank + ", its B " + up.get()[1]);
        }
        if (Double.isInfinite(module.alpha) || module.alpha == 0) {
            return Optional.of("its alpha is not a number other than 0");
        }
        return misfit(target, targets, down.get()[1], up.get()[0]);
    }

    /** Why matrices for so many inputs and outputs do not fit the layers. */
    private static Optional<String> misfit(Target target, LoraTargets targets, long in, long out) {
        long outputs = 0;
        for (String layer : target.layers()) {
            Optional<List<Long>> shape = targets.shape(target.component(), layer);
            if (shape.isEmpty()) {
                return Optional.of("the " + target.component() + " has no layer " + Excerpt.of(layer, 80));
            }
            if (shape.get().get(1) != in) {
                return Optional.of(
                        "its A has " + in + " inputs, the layer " + shape.get().get(1));
            }
            outputs += shape.get().get(0);
        }
        if (target.layers().isEmpty()) {
            return Optional.of("the " + target.component() + " has no such layer");
        }
        boolean fits = outputs == out && !(target.swapped() && out % 2 != 0);
        return fits ? Optional.empty() : Optional.of("its B has " + out + " outputs, the layer " + outputs);
    }

    /** Why a module does not fit, where another of the file's changes the same layer; else the layers are now this one's. */
    private static Optional<String> second(String module, Target target, Map<String, String> taken) {
        for (String layer : target.layers()) {
            String other = taken.putIfAbsent(target.component() + "." + layer, module);
            if (other != null) {
                return Optional.of("changes " + layer + " again, after " + Excerpt.of(other, 80));
            }
        }
        return Optional.empty();
    }

    private List<LowRank> products(Matrices module, Target target, LoraTargets targets, double scale) {
        String down = Objects.requireNonNull(module.down);
        String up = Objects.requireNonNull(module.up);
        double rank = (double) matrix(down).orElseThrow()[0];
        double alpha = Double.isNaN(module.alpha) ? rank : module.alpha;
        double factor = scale * alpha / (module.rankStabilised ? Math.sqrt(rank) : rank);
        List<LowRank> products = new ArrayList<>();
        long row = 0;
        for (String layer : target.layers()) {
            long rows = targets.shape(target.component(), layer).orElseThrow().get(0);
            products.add(new LowRank(LoraTargets.key(layer), down, up, row, rows, target.swapped(), factor));
            row += rows;
        }
        return products;
    }

    /** Rows and columns of a matrix of floating-point numbers, or of a convolution of 1 × 1. */
    private Optional<long[]> matrix(String key) {
        TensorInfo info = infos.get(key);
        if (info == null || !info.dtype().isFloatingPoint()) {
            return Optional.empty();
        }
        List<Long> shape = info.shape();
        boolean plain = shape.size() >= 2 && shape.stream().skip(2).allMatch(size -> size == 1);
        return plain ? Optional.of(new long[] {shape.get(0), shape.get(1)}) : Optional.empty();
    }
}
