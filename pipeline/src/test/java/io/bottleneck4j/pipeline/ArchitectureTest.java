package io.bottleneck4j.pipeline;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

@AnalyzeClasses(packages = "io.bottleneck4j.pipeline", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
    @ArchTest
    static final ArchRule packages_haveNoCycles =
            slices().matching("io.bottleneck4j.pipeline.(**)").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule pipeline_doesNotKnowTheNativeBinding =
            noClasses().should().dependOnClassesThat().resideInAPackage("org.bytedeco..");

    @ArchTest
    static final ArchRule plansAndCost_knowNoNetworks = noClasses()
            .that()
            .resideInAnyPackage("..pipeline.plan..", "..pipeline.cost..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "..models.flux..",
                    "..models.flux2..",
                    "..models.hunyuan..",
                    "..models.hunyuan15..",
                    "..models.zimage..",
                    "..models.text..",
                    "..models.vae..");

    @ArchTest
    static final ArchRule pipeline_printsNothing =
            noClasses().should().accessField(System.class, "out").orShould().accessField(System.class, "err");
}
