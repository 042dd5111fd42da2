package dev.langevin.tests.engine;

import dev.langevin.engine.Autograd;
import dev.langevin.engine.Backend;
import dev.langevin.engine.Scope;
import dev.langevin.engine.Tensor;
import dev.langevin.model.io.Safetensors;
import dev.langevin.model.io.TensorFiles;
import dev.langevin.model.nn.Parameters;
import dev.langevin.model.nn.ScoreUNet;
import dev.langevin.model.nn.UNetConfig;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * Rows N-UNET, N-RES, N-ATTN, N-DOWN, N-UPT, E-SIN, E-MLP: a whole U-Net against PyTorch:
 * every block's output, the gradient to the image and to each of 110 weights. PyTorch's float32 values are off by up
 * to 2.9e-6 of the largest (golden/README.md); 1e-5 holds both that and float32 here.
 */
class GoldenUNetTest {
    private static final double TOLERANCE = 1e-5;

    @TestFactory
    Stream<DynamicTest> onEveryBackend() {
        return Backends.all().stream().map(b -> DynamicTest.dynamicTest(Backends.label(b), () -> check(b)));
    }

    private static void check(Backend backend) {
        Golden golden = Golden.open("unet_tiny.case.safetensors");
        UNetConfig config = new UNetConfig(28, 1, 16, List.of(1, 2), 1, 64, "sinusoidal", 1, "shift", "transposed",
                List.of(), true, 4, 8, 0, false);
        try (Scope scope = Scope.open(backend)) {
            ScoreUNet net = new ScoreUNet(config, Parameters.create(0));
            Map<String, Safetensors.Entry> weights = Safetensors.read(Golden.path("unet_tiny.params.safetensors")).tensors();
            Map<String, Tensor> parameters = net.parameters().map();
            Assertions.assertEquals(weights.keySet(), parameters.keySet());
            Assertions.assertEquals(171_153, net.parameters().count());
            TensorFiles.load("", weights, parameters, "unet_tiny.params.safetensors");
            weights.forEach((name, entry) -> Assertions.assertArrayEquals(entry.data(),
                    TensorFiles.entries("", parameters).get(name).data(), name + ": written as it was read"));

            Tensor x = golden.tensor("x").requireGrad();
            Map<String, Tensor> seen = new LinkedHashMap<>();
            Tensor out = net.forward(x, golden.tensor("t"), null, null, seen::put);
            Golden.check("out", golden.tensor("out.f64"), out, TOLERANCE);
            Assertions.assertEquals(13, seen.size());
            seen.forEach((name, value) -> golden.check("act." + name, value, TOLERANCE));

            Tensor loss = out.mul(golden.tensor("out_weights")).sum();
            golden.check("loss", loss, TOLERANCE);
            Tensor[] wrt = Stream.concat(Stream.of(x), parameters.values().stream()).toArray(Tensor[]::new);
            Tensor[] gradients = Autograd.gradients(loss, false, wrt);
            Golden.check("grad.x", golden.tensor("grad.x.f64"), gradients[0], TOLERANCE);
            int i = 1;
            for (String name : parameters.keySet()) {
                golden.check("grad." + name, gradients[i++], TOLERANCE);
            }
        }
    }
}
