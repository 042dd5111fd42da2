package dev.langevin.tests.layout;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.equivalentTo;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import dev.langevin.training.TrainMnist;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import org.junit.jupiter.api.Test;

/**
 * The modules' arrows kernels -> engine -> model -> sampling -> training -> cli, what nothing
 * below the command line may do, and the greatest length of a file.
 */
class ArrowsTest {
    private static final List<String> ORDER = List.of("kernels", "engine", "model", "sampling", "training", "cli", "examples", "benchmarks");
    private static final int MOST_LINES = 500;

    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(location -> !location.contains("dev/langevin/tests"))
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("dev.langevin");

    private static String[] packages(List<String> modules) {
        return modules.stream().map(m -> "dev.langevin." + m + "..").toArray(String[]::new);
    }

    @Test
    void everyModuleWasRead() {
        for (String module : ORDER.subList(1, 5)) {
            assertTrue(CLASSES.stream().anyMatch(c -> c.getPackageName().startsWith("dev.langevin." + module)), module);
        }
        assertTrue(CLASSES.stream().noneMatch(c -> c.getPackageName().startsWith("dev.langevin.tests")));
    }

    @Test
    void arrowsPointOneWay() {
        for (int i = 0; i < ORDER.size() - 1; i++) {
            noClasses().that().resideInAPackage("dev.langevin." + ORDER.get(i) + "..")
                    .should().dependOnClassesThat().resideInAnyPackage(packages(ORDER.subList(i + 1, ORDER.size())))
                    .allowEmptyShould(true).check(CLASSES);
        }
        classes().should().resideInAnyPackage(packages(ORDER)).check(CLASSES);
    }

    @Test
    void modulesHaveNoCycles() {
        slices().matching("dev.langevin.(*)..").should().beFreeOfCycles().check(CLASSES);
    }

    /** Sampling sees a ScoreFunction, never a network. */
    @Test
    void samplingKnowsNoNetwork() {
        noClasses().that().resideInAPackage("dev.langevin.sampling..")
                .should().dependOnClassesThat().resideInAPackage("dev.langevin.model.nn..").check(CLASSES);
        noClasses().that().resideInAPackage("dev.langevin.model.sde..")
                .should().dependOnClassesThat().haveFullyQualifiedName("dev.langevin.engine.Tensor").check(CLASSES);
    }

    /** TrainMnist is a main class to be read, and prints as one; everything else leaves that to the command line. */
    @Test
    void nothingBelowTheCommandLinePrintsOrExits() {
        String[] below = packages(ORDER.subList(0, 5));
        noClasses().that(resideInAnyPackage(below)).should().callMethod(System.class, "exit", int.class)
                .orShould().callMethod(Runtime.class, "exit", int.class)
                .orShould().callMethod(Runtime.class, "halt", int.class)
                .allowEmptyShould(true).check(CLASSES);
        noClasses().that(resideInAnyPackage(below)).and(not(equivalentTo(TrainMnist.class)))
                .should().accessField(System.class, "out").orShould().accessField(System.class, "err")
                .orShould().callMethod(Throwable.class, "printStackTrace")
                .allowEmptyShould(true).check(CLASSES);
    }

    @Test
    void theEngineKnowsNothingOfDiffusion() {
        noClasses().that().resideInAPackage("dev.langevin.engine..")
                .should().dependOnClassesThat(resideInAPackage("dev.langevin..").and(not(resideInAnyPackage("dev.langevin.engine..", "dev.langevin.kernels.."))))
                .check(CLASSES);
    }

    /** Its order of additions differs between interpreter and compiler: bits would depend on what is compiled when. */
    @Test
    void lanesAreSummedInAFixedOrder() {
        noClasses().that().resideInAPackage("dev.langevin..")
                .should().callMethod(FloatVector.class, "reduceLanes", VectorOperators.Associative.class)
                .orShould().callMethod(FloatVector.class, "reduceLanes", VectorOperators.Associative.class, VectorMask.class)
                .check(CLASSES);
    }

    @Test
    void noFileIsTooLong() {
        List<String> tooLong = new ArrayList<>();
        int files = 0;
        Path root = Path.of("").toAbsolutePath();
        while (root != null && !Files.isDirectory(root.resolve("engine/src/main/java"))) {
            root = root.getParent();
        }
        for (String module : ORDER) {
            Path sources = root.resolve(module).resolve("src/main/java");
            if (Files.isDirectory(sources)) {
                try (var walk = Files.walk(sources)) {
                    for (Path file : walk.filter(f -> f.toString().endsWith(".java")).toList()) {
                        files++;
                        int lines = Files.readAllLines(file).size();
                        if (lines > MOST_LINES) {
                            tooLong.add(root.relativize(file) + ": " + lines + " lines");
                        }
                    }
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }
        }
        assertEquals(List.of(), tooLong);
        assertTrue(files > 100, "the sources were found");
    }
}
