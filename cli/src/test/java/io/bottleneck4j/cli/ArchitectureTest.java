package io.bottleneck4j.cli;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.belongToAnyOf;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.GeneralCodingRules.ACCESS_STANDARD_STREAMS;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import io.bottleneck4j.torch.DType;
import io.bottleneck4j.torch.Device;
import io.bottleneck4j.torch.Processors;
import io.bottleneck4j.torch.SystemMemory;

/** Which module may use which. */
@AnalyzeClasses(packages = "io.bottleneck4j", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
    @ArchTest
    static final ArchRule CORE_STANDS_ALONE = noClasses()
            .that()
            .resideInAPackage("io.bottleneck4j.core..")
            .should()
            .dependOnClassesThat()
            .resideOutsideOfPackages("io.bottleneck4j.core..", "java..", "org.jspecify..", "org.apiguardian..");

    @ArchTest
    static final ArchRule TORCH_KNOWS_NONE_OF_OURS = noClasses()
            .that()
            .resideInAPackage("io.bottleneck4j.torch..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "io.bottleneck4j.core..",
                    "io.bottleneck4j.models..",
                    "io.bottleneck4j.emojiflux..",
                    "io.bottleneck4j.cli..");

    @ArchTest
    static final ArchRule MODELS_KNOW_CORE_AND_TORCH = noClasses()
            .that()
            .resideInAPackage("io.bottleneck4j.models..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "io.bottleneck4j.eval..", "io.bottleneck4j.emojiflux..", "io.bottleneck4j.cli..", "picocli..");

    @ArchTest
    static final ArchRule EVAL_KNOWS_CORE_AND_MODELS = noClasses()
            .that()
            .resideInAPackage("io.bottleneck4j.eval..")
            .should()
            .dependOnClassesThat(resideInAnyPackage(
                            "io.bottleneck4j.torch..",
                            "io.bottleneck4j.emojiflux..",
                            "io.bottleneck4j.cli..",
                            "picocli..")
                    .and(not(belongToAnyOf(Device.class, DType.class, Processors.class)))); // what things run on

    @ArchTest
    static final ArchRule EMOJI_FLUX_STANDS_ALONE = noClasses()
            .that()
            .resideInAPackage("io.bottleneck4j.emojiflux..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "io.bottleneck4j.core..",
                    "io.bottleneck4j.torch..",
                    "io.bottleneck4j.models..",
                    "io.bottleneck4j.cli..");

    @ArchTest
    static final ArchRule ONLY_TORCH_AND_MEDIA_NAME_NATIVE_LIBRARIES = noClasses()
            .that()
            .resideOutsideOfPackages("io.bottleneck4j.torch..", "io.bottleneck4j.models.media..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("org.bytedeco..");

    @ArchTest
    static final ArchRule ONLY_THE_COMMAND_LINE_PRINTS =
            noClasses().that().resideOutsideOfPackage("io.bottleneck4j.cli..").should(ACCESS_STANDARD_STREAMS);

    @ArchTest
    static final ArchRule NO_CYCLES =
            slices().matching("io.bottleneck4j.(**)").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule COMMANDS_DO_NOT_KNOW_EACH_OTHER = slices().matching(
                    "io.bottleneck4j.cli.(generate|batch|plan|compare|evaluate|inspect|serve)")
            .should()
            .notDependOnEachOther();

    @ArchTest
    static final ArchRule PACKAGES_HAVE_NO_CYCLES =
            slices().matching("io.bottleneck4j.cli.(*)..").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule ONLY_THE_COMMAND_LINE_IS_ABOVE_THE_PIPELINE = noClasses()
            .that()
            .resideInAPackage("io.bottleneck4j.pipeline..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "io.bottleneck4j.eval..", "io.bottleneck4j.server..", "io.bottleneck4j.cli..", "picocli..");

    @ArchTest
    static final ArchRule SERVER_HAS_NO_NUMERICS = noClasses()
            .that()
            .resideInAPackage("io.bottleneck4j.server..")
            .should()
            .dependOnClassesThat(resideInAnyPackage(
                            "io.bottleneck4j.torch..",
                            "io.bottleneck4j.eval..",
                            "io.bottleneck4j.emojiflux..",
                            "io.bottleneck4j.cli..",
                            "picocli..")
                    .and(not(belongToAnyOf(SystemMemory.class))));
}
