package io.bottleneck4j.eval;

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

@AnalyzeClasses(packages = "io.bottleneck4j.eval", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
    @ArchTest
    static final ArchRule packages_haveNoCycles =
            slices().matching("io.bottleneck4j.eval.(*)..").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule eval_knowsNoTensors = noClasses()
            .should()
            .dependOnClassesThat(resideInAnyPackage(
                            "io.bottleneck4j.torch..", "org.bytedeco..", "io.bottleneck4j.cli..", "picocli..")
                    .and(not(belongToAnyOf(Device.class, DType.class, Processors.class)))); // what things run on

    @ArchTest
    static final ArchRule eval_doesNotSample = noClasses()
            .should()
            .dependOnClassesThat()
            .haveSimpleNameEndingWith("Sampler")
            .orShould()
            .dependOnClassesThat()
            .haveSimpleName("VelocityModel");

    @ArchTest
    static final ArchRule metrics_knowPicturesAlone = noClasses()
            .that()
            .resideInAPackage("..eval.metrics..")
            .should()
            .dependOnClassesThat()
            .resideOutsideOfPackages(
                    "..eval.metrics..",
                    "io.bottleneck4j.models.media..",
                    "java..",
                    "org.jspecify..",
                    "org.jtransforms..",
                    "org.apiguardian..");

    @ArchTest
    static final ArchRule eval_printsNothing = noClasses().should(ACCESS_STANDARD_STREAMS);

    /** Java2D draws no text without fonts of the system, which a headless machine need not have. */
    @ArchTest
    static final ArchRule eval_drawsWithoutJava2d =
            noClasses().should().dependOnClassesThat().resideInAPackage("java.awt..");
}
