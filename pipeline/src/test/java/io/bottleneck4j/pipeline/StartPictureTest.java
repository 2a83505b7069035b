package io.bottleneck4j.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.bottleneck4j.core.latent.Latents;
import io.bottleneck4j.core.latent.Mask;
import io.bottleneck4j.models.Golden;
import io.bottleneck4j.models.media.Picture;
import io.bottleneck4j.pipeline.plan.Plan;
import io.bottleneck4j.pipeline.plan.PlanFile;
import io.bottleneck4j.pipeline.plan.PlanSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A picture to start from: how a request takes it, and what becomes of it without Python beside. */
class StartPictureTest {
    private static final Model FLUX = Tiny.model(Tiny.PICTURES);
    private static final Path FILE = Golden.ROOT.resolve("pictures/rgb.png"); // 21 × 14 px

    @TempDir
    Path folder;

    private static Picture grey(int width, int height, int level) {
        byte[] rgb = new byte[3 * width * height];
        Arrays.fill(rgb, (byte) level);
        return new Picture(width, height, rgb);
    }

    private static StartPicture start(Request.Builder request) {
        return Objects.requireNonNull(request.build().start());
    }

    @Test
    void build_runsWhatTheStrengthLeaves_andKeepsThePlanWhole() {
        Request whole = Tiny.request(FLUX, 1);
        Request request =
                whole.toBuilder().initImage(grey(64, 64, 9)).strength(0.5).build();
        assertThat(request.plan().stages().stages()).hasSize(1);
        assertThat(request.forwards()).isEqualTo(2);
        assertThat(request.plan().notes())
                .contains(
                        "strength 0.5 starts in stage 3 of 3: 2 of its 4 steps run, those of the stages before are left out");
        assertThat(request.wholePlan()).isEqualTo(whole.plan());
        assertThat(request.toBuilder().strength(1).build().forwards()).isEqualTo(whole.forwards());
        assertThat(request.withSeed(2).plan()).isEqualTo(request.plan());
        assertThat(request.toBuilder().build()).isEqualTo(request);
        assertThat(request).isNotEqualTo(request.toBuilder().strength(0.4).build());
        assertThat(start(FLUX.request("x").initImage(grey(64, 64, 9))).strength())
                .isEqualTo(0.6);
    }

    @Test
    void build_withoutASize_takesThePicturesOwn() {
        Plan plan = FLUX.request("x").initImage(grey(100, 47, 9)).build().plan();
        assertThat(plan).returns(96, Plan::width).returns(32, Plan::height);
        assertThat(plan.notes()).contains("init-image: 100 x 47 px become 96 x 32");
        assertThat(FLUX.request("x")
                        .size(32, 64)
                        .initImage(grey(100, 47, 9))
                        .build()
                        .plan())
                .returns(32, Plan::width)
                .returns(64, Plan::height);
        Request.Builder tiny = FLUX.request("x").initImage(grey(15, 40, 9));
        assertThatThrownBy(tiny::build)
                .hasMessage("init-image: width: 15 px is too small; use at least 16; or give width and height");
        assertThat(tiny.size(32, 32).build().plan()).returns(32, Plan::width);
    }

    @Test
    void build_whatDoesNotGoTogether_isRefused() {
        assertThatThrownBy(() -> FLUX.request("x").strength(0.5).build())
                .hasMessage("strength: needs a picture to change; give init-image too");
        assertThatThrownBy(() -> FLUX.request("x").mask(grey(9, 9, 9)).build())
                .hasMessage("mask: needs a picture to change; give init-image too");
        for (double strength : new double[] {0, -1, 1.01, Double.NaN}) {
            assertThatThrownBy(() -> FLUX.request("x")
                            .initImage(grey(64, 64, 1))
                            .strength(strength)
                            .build())
                    .hasMessageStartingWith("strength: must be above 0 and at most 1, not " + strength);
        }
        Model video = Tiny.model(Tiny.VIDEOS);
        assertThatThrownBy(() -> video.request("x").initImage(grey(64, 64, 1)).build())
                .hasMessageStartingWith("init-image: ")
                .hasMessageContaining("makes videos, from text alone");
        assertThatThrownBy(() -> FLUX.request("x")
                        .initImage(grey(64, 64, 1))
                        .initialLatents(Latents.zeros(
                                Tiny.request(FLUX, 1).plan().stages().last().shape()))
                        .build())
                .hasMessageStartingWith("init-image: the run already starts from latents");
    }

    @Test
    void upscale_takesItsSizeFromThePicture() {
        Request request =
                FLUX.request("x").initImage(grey(100, 47, 9)).upscale(1.5).build();
        assertThat(request.plan())
                .returns(144, Plan::width)
                .returns(64, Plan::height)
                .returns("baseline", Plan::name);
        assertThat(start(request.toBuilder()).strength()).isEqualTo(0.3);
        assertThat(request.plan().notes())
                .contains("init-image: 100 x 47 px become 144 x 64", "stage 1 is seen in 3 tiles of 64 px");
        Request named = FLUX.request("x")
                .initImage(grey(100, 47, 9))
                .upscale(2)
                .plan("x3")
                .build();
        assertThat(named.plan().stages().stages()).hasSize(1);
        assertThat(named.plan().stages().last().tiles()).isGreaterThan(1);
        assertThat(FLUX.request("x")
                        .initImage(grey(32, 32, 9))
                        .upscale(2)
                        .build()
                        .plan()
                        .stages()
                        .last()
                        .tiles())
                .isEqualTo(1); // no larger than the model's own
        for (double factor : new double[] {1, 0.5, 8.1, Double.NaN}) {
            assertThatThrownBy(() -> FLUX.request("x").upscale(factor))
                    .hasMessage("upscale: must be above 1 and at most 8, not " + factor + "; 2 is usual");
        }
        assertThatThrownBy(() -> FLUX.request("x").upscale(2).build())
                .hasMessage("upscale: needs a picture to change; give init-image too");
        PlanSpec file = PlanFile.parse("p", "stages:\n  - {width: 128, height: 64, steps: 4, strength: 1, shift: 3}\n");
        assertThat(FLUX.request("x")
                        .initImage(grey(64, 32, 9))
                        .upscale(2)
                        .plan(file)
                        .build()
                        .plan())
                .returns(128, Plan::width);
        assertThatThrownBy(() -> FLUX.request("x")
                        .initImage(grey(64, 64, 9))
                        .upscale(2)
                        .plan(file)
                        .build())
                .hasMessage(
                        "upscale: 2.0 times 64 x 64 px is 128 x 128, and plan 'p' ends at 128 x 64; name a plan without"
                                + " sizes, or leave upscale out");
        assertThat(FLUX.request("x")
                        .initImage(grey(64, 64, 9))
                        .mask(grey(64, 64, 9))
                        .build()
                        .plan()
                        .notes())
                .contains("mask: is nowhere lighter than half, so nothing of the picture changes");
        assertThatThrownBy(() -> FLUX.request("x")
                        .initImage(grey(64, 64, 9))
                        .size(64, 64)
                        .upscale(2)
                        .build())
                .hasMessageStartingWith("upscale: gives the size, 2.0 times the picture's 64 x 64");
    }

    @Test
    void build_ofTransparentFiles_saysWhatCounts() throws IOException {
        Path glass = Golden.ROOT.resolve("pictures/rgba.png");
        assertThat(FLUX.request("x")
                        .size(16, 16)
                        .initImage(glass)
                        .mask(glass)
                        .build()
                        .plan()
                        .notes())
                .contains(
                        "init-image: has transparent pixels; the colours that are stored under them are taken",
                        "mask: has transparent pixels, which count by the colours that are stored under them; save it in"
                                + " black and white to see what is taken");
        assertThat(FLUX.request("x")
                        .size(16, 16)
                        .initImage(FILE)
                        .mask(FILE)
                        .build()
                        .plan()
                        .notes())
                .noneMatch(note -> note.contains("transparent"));
    }

    @Test
    void freed_isWhereTheMaskIsLighterThanHalf() {
        byte[] levels = {127, 127, 127, (byte) 128, (byte) 128, (byte) 128, 0, (byte) 200, 0, (byte) 255, 0, 0};
        StartPicture start = new StartPicture(
                new StartPicture.Input(grey(4, 1, 0), null),
                new StartPicture.Input(new Picture(4, 1, levels), null),
                1,
                StartPicture.Use.CHANGED);
        assertThat(start.freed(4, 1)).isEqualTo(Mask.of(1, 4, i -> i == 1)); // green of 200 is 117, red of 255 is 76
        assertThat(start.freed(4, 1)).isSameAs(start.freed(4, 1)); // each of many requests asks for it
        assertThat(start.files()).isNull();
    }

    @Test
    void settings_ofFiles_nameThem_andAreRefusedWhereTheyChanged() throws IOException {
        Path copy = Files.copy(FILE, folder.resolve("in.png"));
        Request.Builder builder =
                FLUX.request("x").size(32, 32).initImage(copy).mask(copy).strength(0.4);
        Request request = builder.build();
        Settings.Start start = Objects.requireNonNull(start(builder).files());
        assertThat(request.isRepeatable()).isTrue();
        assertThat(start.image().path()).isEqualTo(copy.toString());
        assertThat(start.image().sha256()).hasSize(64);
        assertThat(start.mask()).isEqualTo(start.image());
        Request again = FLUX.request("x")
                .size(32, 32)
                .start(start.image(), start.mask(), start.strength())
                .build();
        assertThat(again).isEqualTo(request);
        assertThat(builder.initImage(grey(9, 9, 9)).build().isRepeatable()).isFalse();
        Files.write(copy, Files.readAllBytes(Golden.ROOT.resolve("pictures/grey.png")));
        assertThatThrownBy(() -> FLUX.request("x").start(start.image(), null, 0.4))
                .hasMessageStartingWith("init-image: " + copy + " is not the file that the picture was made from");
    }

    /** All is kept: what comes out are the picture's latents, whatever the model draws. */
    @Test
    void generate_underABlackMask_keepsThePicture() {
        try (Pipeline pipeline = FLUX.pipeline(Tiny.FLOAT32)) {
            Request request = Tiny.request(FLUX, 1).toBuilder()
                    .initImage(grey(64, 64, 200))
                    .mask(grey(20, 20, 0))
                    .strength(0.9)
                    .build();
            Latents kept = pipeline.denoise(request, pipeline.encode(request));
            Request all = request.toBuilder().prompt("something else").build();
            assertThat(pipeline.denoise(all, pipeline.encode(all))).isEqualTo(kept);
            Request free = request.toBuilder().mask(grey(20, 20, 255)).build();
            Request without = Tiny.request(FLUX, 1).toBuilder()
                    .initImage(grey(64, 64, 200))
                    .strength(0.9)
                    .build();
            Latents changed = pipeline.denoise(free, pipeline.encode(free));
            assertThat(changed).isNotEqualTo(kept);
            assertThat(pipeline.denoise(without, pipeline.encode(without))).isEqualTo(changed);
        }
    }

    /** Each residency frees and loads the autoencoder at other times. */
    @Tag("slow")
    @Test
    void generate_underEveryResidency_isTheSame() {
        Request request =
                Tiny.request(FLUX, 5).toBuilder().initImage(grey(64, 64, 90)).build();
        Set<Latents> made = new HashSet<>();
        for (Residency residency : Residency.values()) {
            try (Pipeline pipeline = FLUX.pipeline(Tiny.FLOAT32, residency)) {
                made.add(pipeline.generate(request).latents());
            }
        }
        assertThat(made).hasSize(1);
    }
}
