package io.bottleneck4j.core;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

@AnalyzeClasses(packages = "io.bottleneck4j.core", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {

    @ArchTest
    static final ArchRule packages_haveNoCycles =
            slices().matching("io.bottleneck4j.core.(**)").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule latent_doesNotKnowSampling = noClasses()
            .that()
            .resideInAPackage("..core.latent")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("..core.sampling");

    @ArchTest
    static final ArchRule core_needsJavaOnly = classes()
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage("io.bottleneck4j.core..", "java..", "org.jspecify.annotations", "org.apiguardian.api");

    @ArchTest
    static final ArchRule core_readsNoSettingsAndPrintsNothing = noClasses()
            .should()
            .accessField(System.class, "out")
            .orShould()
            .accessField(System.class, "err")
            .orShould()
            .callMethod(System.class, "getProperty", String.class)
            .orShould()
            .callMethod(System.class, "getenv", String.class);
}
