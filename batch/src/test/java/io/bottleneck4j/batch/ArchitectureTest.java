package io.bottleneck4j.batch;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

@AnalyzeClasses(packages = "io.bottleneck4j.batch", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
    @ArchTest
    static final ArchRule batch_hasNoNumerics = noClasses()
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.bottleneck4j.torch..", "io.bottleneck4j.eval..", "picocli..", "org.bytedeco..");

    @ArchTest
    static final ArchRule batch_printsNothing =
            noClasses().should().accessField(System.class, "out").orShould().accessField(System.class, "err");
}
