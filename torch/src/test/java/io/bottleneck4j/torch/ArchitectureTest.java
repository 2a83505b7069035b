package io.bottleneck4j.torch;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

@AnalyzeClasses(packages = "io.bottleneck4j", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
    @ArchTest
    static final ArchRule NATIVE_TYPES_STAY_IN_ONE_PACKAGE = noClasses()
            .that()
            .resideOutsideOfPackage("io.bottleneck4j.torch")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("org.bytedeco..");

    @ArchTest
    static final ArchRule PACKAGES_HAVE_NO_CYCLES =
            slices().matching("io.bottleneck4j.(**)").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule TENSORS_KNOW_NO_FILES_OR_LAYERS = noClasses()
            .that()
            .resideInAPackage("io.bottleneck4j.torch")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.bottleneck4j.torch.io", "io.bottleneck4j.torch.nn");

    @ArchTest
    static final ArchRule NOTHING_PRINTS =
            noClasses().should().accessField(System.class, "out").orShould().accessField(System.class, "err");
}
