package dev.langevin.model.score;

import dev.langevin.engine.InputException;
import dev.langevin.engine.Shape;
import dev.langevin.engine.Tensor;
import java.util.Arrays;

/**
 * What is known of images: y = m x_0, with a mask m for each image, or one image and mask for all.
 *
 * @param values y (N, H, W, C) or (1, H, W, C), 0 where nothing is known
 * @param mask m (N, H, W, 1) or (1, H, W, 1): 1 where a pixel is known and 0 where it is hidden
 */
public record Known(Tensor values, Tensor mask) {

    public Known {
        Shape y = values.shape();
        if (y.rank() != 4 || !mask.shape().equals(Shape.of(y.dim(0), y.dim(1), y.dim(2), 1))) {
            throw new InputException("known part: expected images (N, H, W, C) and masks (N, H, W, 1), got " + y + " and " + mask.shape());
        }
    }

    /**
     * What masks let through.
     *
     * @param x0 images (N, H, W, C), of which nothing but the known part is kept
     * @param mask as above
     */
    public static Known of(Tensor x0, Tensor mask) {
        return new Known(x0.mul(mask), mask);
    }

    /** That of these images, whose tensors are in the current scope; what all images share stays as it is. */
    public Known forImages(int... rows) {
        return values.dim(0) == 1 ? this : new Known(rows(values, rows), rows(mask, rows));
    }

    private static Tensor rows(Tensor images, int[] rows) {
        int[] dims = images.shape().dims();
        Tensor index = Tensor.of(Shape.of(rows.length), Arrays.stream(rows).asDoubleStream().toArray());
        dims[0] = rows.length;
        return images.reshape(images.dim(0), -1).gather(index).reshape(dims);
    }

    /**
     * What the network sees: channels x, then y, then m (N, H, W, 2C + 1).
     *
     * @param x (N, H, W, C), scaled as the network takes it
     */
    public Tensor beside(Tensor x) {
        int n = x.dim(0);
        if (values.dim(0) != 1 && values.dim(0) != n) {
            throw new InputException("score: parts of " + values.dim(0) + " images are known, the batch has " + n + "; give one for each, or one for all");
        }
        return Tensor.concat(3, x, all(values, n), all(mask, n));
    }

    private static Tensor all(Tensor images, int n) {
        int[] dims = images.shape().dims();
        dims[0] = n;
        return images.broadcastTo(Shape.of(dims));
    }

    /** x (N, H, W, C) with the known pixels as they are, to the bit. */
    public Tensor into(Tensor x) {
        return values.where(mask, x);
    }
}
