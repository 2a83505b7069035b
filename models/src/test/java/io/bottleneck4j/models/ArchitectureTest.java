package io.bottleneck4j.models;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import io.bottleneck4j.core.sampling.StepCache;
import io.bottleneck4j.core.sampling.TimestepSchedule;
import io.bottleneck4j.core.sampling.VelocityModel;
import io.bottleneck4j.torch.Natives;
import io.bottleneck4j.torch.Quantization;
import java.util.Set;

@AnalyzeClasses(packages = "io.bottleneck4j.models", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
    private static final Set<String> SETTINGS =
            Set.of("getenv", "getProperty", "getProperties", "setProperty", "getInteger", "getLong", "getBoolean");

    @ArchTest
    static final ArchRule packages_haveNoCycles =
            slices().matching("io.bottleneck4j.models.(**)").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule models_doNotKnowTheNativeBinding = noClasses()
            .that()
            .resideOutsideOfPackage("..models.media..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("org.bytedeco..");

    @ArchTest
    static final ArchRule media_knowsOfNativesOnlyFfmpeg = noClasses()
            .that()
            .resideInAPackage("..models.media..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("org.bytedeco.pytorch..", "org.bytedeco.openblas..");

    @ArchTest
    static final ArchRule modelFamilies_doNotKnowEachOther = slices().matching(
                    "io.bottleneck4j.models.(flux|flux2|hunyuan|hunyuan15|zimage)")
            .should()
            .notDependOnEachOther();

    @ArchTest
    static final ArchRule mmdit_knowsNoFamily = noClasses()
            .that()
            .resideInAPackage("..models.mmdit..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "..models.flux..",
                    "..models.flux2..",
                    "..models.hunyuan..",
                    "..models.hunyuan15..",
                    "..models.zimage..",
                    "..bottleneck4j.pipeline..",
                    "..models.folder..",
                    "..models.vae..");

    @ArchTest
    static final ArchRule text_knowsNothingOfDiffusion = noClasses()
            .that()
            .resideInAPackage("..models.text..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "..models.flux..",
                    "..models.flux2..",
                    "..models.hunyuan..",
                    "..models.hunyuan15..",
                    "..models.zimage..",
                    "..models.vae..",
                    "..bottleneck4j.pipeline..",
                    "io.bottleneck4j.core..");

    @ArchTest
    static final ArchRule vae_knowsNoPipelineAndNoImageFiles = noClasses()
            .that()
            .resideInAPackage("..models.vae..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "..models.flux..",
                    "..models.flux2..",
                    "..models.text..",
                    "..bottleneck4j.pipeline..",
                    "..models.media..",
                    "io.bottleneck4j.core..");

    @ArchTest
    static final ArchRule media_knowsNoTensors = noClasses()
            .that()
            .resideInAPackage("..models.media..")
            .should()
            .dependOnClassesThat(JavaClass.Predicates.resideInAnyPackage(
                            "..bottleneck4j.torch..",
                            "io.bottleneck4j.core..",
                            "..models.vae..",
                            "..bottleneck4j.pipeline..")
                    .and(DescribedPredicate.not(JavaClass.Predicates.type(Natives.class))));

    @ArchTest
    static final ArchRule folder_knowsNoModels = noClasses()
            .that()
            .resideInAPackage("..models.folder..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "..models.flux..",
                    "..models.flux2..",
                    "..models.hunyuan..",
                    "..models.hunyuan15..",
                    "..models.zimage..",
                    "..bottleneck4j.pipeline..")
            .orShould()
            .dependOnClassesThat(DescribedPredicate.describe(
                    "are of torch, but its files and how weights are quantized",
                    type -> type.getPackageName().startsWith("io.bottleneck4j.torch")
                            && !type.getPackageName().equals("io.bottleneck4j.torch.io")
                            && !type.isEquivalentTo(Quantization.class)));

    @ArchTest
    static final ArchRule newerFamilies_knowNoPipeline = noClasses()
            .that()
            .resideInAnyPackage("..models.flux2..", "..models.hunyuan..", "..models.hunyuan15..", "..models.zimage..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("..bottleneck4j.pipeline..", "..models.vae..", "..models.media..");

    @ArchTest
    static final ArchRule flux_doesNotSample = noClasses()
            .that()
            .resideInAPackage("..models.flux..")
            .should()
            .dependOnClassesThat(DescribedPredicate.describe(
                    "are of core.sampling, but VelocityModel and what starts a cache in it",
                    type -> type.getPackageName().endsWith("core.sampling")
                            && !type.isEquivalentTo(VelocityModel.class)
                            && !type.isEquivalentTo(StepCache.class)
                            && !type.isEquivalentTo(StepCache.Run.class)
                            && !type.isEquivalentTo(StepCache.Inside.class)
                            && !type.isEquivalentTo(TimestepSchedule.class)))
            .orShould()
            .dependOnClassesThat()
            .resideInAPackage("..bottleneck4j.pipeline..");

    @ArchTest
    static final ArchRule vision_knowsNothingOfDiffusion = noClasses()
            .that()
            .resideInAPackage("..models.vision..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "..models.flux..",
                    "..models.flux2..",
                    "..models.hunyuan..",
                    "..models.hunyuan15..",
                    "..models.zimage..",
                    "..models.vae..",
                    "..bottleneck4j.pipeline..",
                    "io.bottleneck4j.core..");

    @ArchTest
    static final ArchRule models_readNoSettings = noClasses()
            .should()
            .callMethodWhere(DescribedPredicate.describe(
                    "reads a system property or environment variable",
                    (JavaAccess<?> call) -> SETTINGS.contains(call.getName())
                            && Set.of("java.lang.System", "java.lang.Integer", "java.lang.Long", "java.lang.Boolean")
                                    .contains(call.getTargetOwner().getFullName())));

    @ArchTest
    static final ArchRule models_printNothing =
            noClasses().should().accessField(System.class, "out").orShould().accessField(System.class, "err");
}
