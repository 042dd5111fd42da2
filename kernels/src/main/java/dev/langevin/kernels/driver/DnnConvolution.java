package dev.langevin.kernels.driver;

import static jcuda.jcudnn.JCudnn.cudnnCreateConvolutionDescriptor;
import static jcuda.jcudnn.JCudnn.cudnnCreateFilterDescriptor;
import static jcuda.jcudnn.JCudnn.cudnnCreateTensorDescriptor;
import static jcuda.jcudnn.JCudnn.cudnnDestroyConvolutionDescriptor;
import static jcuda.jcudnn.JCudnn.cudnnDestroyFilterDescriptor;
import static jcuda.jcudnn.JCudnn.cudnnDestroyTensorDescriptor;
import static jcuda.jcudnn.JCudnn.cudnnFindConvolutionBackwardDataAlgorithmEx;
import static jcuda.jcudnn.JCudnn.cudnnFindConvolutionBackwardFilterAlgorithmEx;
import static jcuda.jcudnn.JCudnn.cudnnFindConvolutionForwardAlgorithmEx;
import static jcuda.jcudnn.JCudnn.cudnnGetConvolutionBackwardDataAlgorithm_v7;
import static jcuda.jcudnn.JCudnn.cudnnGetConvolutionBackwardDataWorkspaceSize;
import static jcuda.jcudnn.JCudnn.cudnnGetConvolutionBackwardFilterAlgorithm_v7;
import static jcuda.jcudnn.JCudnn.cudnnGetConvolutionBackwardFilterWorkspaceSize;
import static jcuda.jcudnn.JCudnn.cudnnGetConvolutionForwardAlgorithm_v7;
import static jcuda.jcudnn.JCudnn.cudnnGetConvolutionForwardWorkspaceSize;
import static jcuda.jcudnn.JCudnn.cudnnSetConvolution2dDescriptor;
import static jcuda.jcudnn.JCudnn.cudnnSetConvolutionMathType;
import static jcuda.jcudnn.JCudnn.cudnnSetFilter4dDescriptor;
import static jcuda.jcudnn.JCudnn.cudnnSetTensor4dDescriptor;

import dev.langevin.kernels.DType;
import dev.langevin.kernels.DenseMath.Conv;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import jcuda.Pointer;
import jcuda.jcudnn.cudnnConvolutionBwdDataAlgoPerf;
import jcuda.jcudnn.cudnnConvolutionBwdFilterAlgoPerf;
import jcuda.jcudnn.cudnnConvolutionDescriptor;
import jcuda.jcudnn.cudnnConvolutionFwdAlgoPerf;
import jcuda.jcudnn.cudnnConvolutionMode;
import jcuda.jcudnn.cudnnDataType;
import jcuda.jcudnn.cudnnFilterDescriptor;
import jcuda.jcudnn.cudnnHandle;
import jcuda.jcudnn.cudnnMathType;
import jcuda.jcudnn.cudnnTensorDescriptor;
import jcuda.jcudnn.cudnnTensorFormat;

/** One convolution in one direction as cuDNN describes it, and the algorithms for it that are still worth a try. */
final class DnnConvolution {
    /** What is computed of it. */
    enum Direction {
        FORWARD,
        FORWARD_BIAS,
        FORWARD_BIAS_RESIDUAL,
        BACKWARD_DATA,
        BACKWARD_FILTER
    }

    /** More than there are in any direction, each with every kind of products. */
    private static final int MOST_ALGORITHMS = 32;

    final Direction direction;
    final Conv shape;
    final cudnnTensorDescriptor x = new cudnnTensorDescriptor();
    final cudnnTensorDescriptor y = new cudnnTensorDescriptor();
    final cudnnTensorDescriptor bias = new cudnnTensorDescriptor();
    final cudnnFilterDescriptor w = new cudnnFilterDescriptor();
    final cudnnConvolutionDescriptor convolution = new cudnnConvolutionDescriptor();
    /** Best first; one that refuses is taken out. */
    final List<DnnAlgorithm> algorithms = new ArrayList<>();
    /** Workspace of the first, -1 before that is known. */
    long workspace = -1;

    /** @param tf32 whether products of float32 may round their inputs to TF32 */
    DnnConvolution(Direction direction, Conv shape, boolean tf32) {
        this.direction = direction;
        this.shape = shape;
        int type = shape.type() == DType.F32 ? cudnnDataType.CUDNN_DATA_FLOAT : cudnnDataType.CUDNN_DATA_BFLOAT16;
        tensor(x, type, shape.n(), shape.c(), shape.h(), shape.w());
        tensor(y, type, shape.n(), shape.k(), shape.outHeight(), shape.outWidth());
        tensor(bias, type, 1, shape.k(), 1, 1);
        CudaStatus.dnn(cudnnCreateFilterDescriptor(w), "cudnnCreateFilterDescriptor", null);
        CudaStatus.dnn(cudnnSetFilter4dDescriptor(w, type, cudnnTensorFormat.CUDNN_TENSOR_NHWC, shape.k(), shape.c(), shape.r(), shape.s()),
                "cudnnSetFilter4dDescriptor", shape);
        CudaStatus.dnn(cudnnCreateConvolutionDescriptor(convolution), "cudnnCreateConvolutionDescriptor", null);
        CudaStatus.dnn(cudnnSetConvolution2dDescriptor(convolution, shape.padding(), shape.padding(), shape.stride(), shape.stride(), 1, 1,
                cudnnConvolutionMode.CUDNN_CROSS_CORRELATION, cudnnDataType.CUDNN_DATA_FLOAT), "cudnnSetConvolution2dDescriptor", shape);
        math(shape.type() == DType.BF16 ? cudnnMathType.CUDNN_TENSOR_OP_MATH : tf32 ? cudnnMathType.CUDNN_DEFAULT_MATH : cudnnMathType.CUDNN_FMA_MATH);
    }

    private static void tensor(cudnnTensorDescriptor tensor, int type, int n, int c, int h, int w) {
        CudaStatus.dnn(cudnnCreateTensorDescriptor(tensor), "cudnnCreateTensorDescriptor", null);
        CudaStatus.dnn(cudnnSetTensor4dDescriptor(tensor, cudnnTensorFormat.CUDNN_TENSOR_NHWC, type, n, c, h, w), "cudnnSetTensor4dDescriptor",
                n + " x " + h + " x " + w + " x " + c);
    }

    void math(int math) {
        CudaStatus.dnn(cudnnSetConvolutionMathType(convolution, math), "cudnnSetConvolutionMathType", null);
    }

    /** Asks cuDNN's heuristics, which give the same in every run; returns its status. */
    int expected(cudnnHandle handle, List<DnnAlgorithm> found) {
        int[] count = new int[1];
        return switch (direction) {
            case FORWARD, FORWARD_BIAS, FORWARD_BIAS_RESIDUAL -> {
                cudnnConvolutionFwdAlgoPerf[] of = fill(new cudnnConvolutionFwdAlgoPerf[MOST_ALGORITHMS], i -> new cudnnConvolutionFwdAlgoPerf());
                int status = cudnnGetConvolutionForwardAlgorithm_v7(handle, x, w, convolution, y, MOST_ALGORITHMS, count, of);
                Stream.of(of).limit(count[0]).map(DnnAlgorithm::of).forEach(found::add);
                yield status;
            }
            case BACKWARD_DATA -> {
                cudnnConvolutionBwdDataAlgoPerf[] of = fill(new cudnnConvolutionBwdDataAlgoPerf[MOST_ALGORITHMS], i -> new cudnnConvolutionBwdDataAlgoPerf());
                int status = cudnnGetConvolutionBackwardDataAlgorithm_v7(handle, w, y, convolution, x, MOST_ALGORITHMS, count, of);
                Stream.of(of).limit(count[0]).map(DnnAlgorithm::of).forEach(found::add);
                yield status;
            }
            case BACKWARD_FILTER -> {
                cudnnConvolutionBwdFilterAlgoPerf[] of = fill(new cudnnConvolutionBwdFilterAlgoPerf[MOST_ALGORITHMS], i -> new cudnnConvolutionBwdFilterAlgoPerf());
                int status = cudnnGetConvolutionBackwardFilterAlgorithm_v7(handle, x, y, convolution, w, MOST_ALGORITHMS, count, of);
                Stream.of(of).limit(count[0]).map(DnnAlgorithm::of).forEach(found::add);
                yield status;
            }
        };
    }

    /** Tries them out, which overwrites the array that is computed; returns cuDNN's status. */
    int measured(cudnnHandle handle, Pointer xs, Pointer ws, Pointer ys, Pointer scratch, long bytes, List<DnnAlgorithm> found) {
        int[] count = new int[1];
        return switch (direction) {
            case FORWARD, FORWARD_BIAS, FORWARD_BIAS_RESIDUAL -> {
                cudnnConvolutionFwdAlgoPerf[] of = fill(new cudnnConvolutionFwdAlgoPerf[MOST_ALGORITHMS], i -> new cudnnConvolutionFwdAlgoPerf());
                int status = cudnnFindConvolutionForwardAlgorithmEx(handle, x, xs, w, ws, convolution, y, ys, MOST_ALGORITHMS, count, of, scratch, bytes);
                Stream.of(of).limit(count[0]).map(DnnAlgorithm::of).forEach(found::add);
                yield status;
            }
            case BACKWARD_DATA -> {
                cudnnConvolutionBwdDataAlgoPerf[] of = fill(new cudnnConvolutionBwdDataAlgoPerf[MOST_ALGORITHMS], i -> new cudnnConvolutionBwdDataAlgoPerf());
                int status = cudnnFindConvolutionBackwardDataAlgorithmEx(handle, w, ws, y, ys, convolution, x, xs, MOST_ALGORITHMS, count, of, scratch, bytes);
                Stream.of(of).limit(count[0]).map(DnnAlgorithm::of).forEach(found::add);
                yield status;
            }
            case BACKWARD_FILTER -> {
                cudnnConvolutionBwdFilterAlgoPerf[] of = fill(new cudnnConvolutionBwdFilterAlgoPerf[MOST_ALGORITHMS], i -> new cudnnConvolutionBwdFilterAlgoPerf());
                int status = cudnnFindConvolutionBackwardFilterAlgorithmEx(handle, x, xs, y, ys, convolution, w, ws, MOST_ALGORITHMS, count, of, scratch, bytes);
                Stream.of(of).limit(count[0]).map(DnnAlgorithm::of).forEach(found::add);
                yield status;
            }
        };
    }

    /** Asks for the workspace of an algorithm; returns cuDNN's status. */
    int workspace(cudnnHandle handle, int algorithm, long[] bytes) {
        return switch (direction) {
            case FORWARD, FORWARD_BIAS, FORWARD_BIAS_RESIDUAL -> cudnnGetConvolutionForwardWorkspaceSize(handle, x, w, convolution, y, algorithm, bytes);
            case BACKWARD_DATA -> cudnnGetConvolutionBackwardDataWorkspaceSize(handle, w, y, convolution, x, algorithm, bytes);
            case BACKWARD_FILTER -> cudnnGetConvolutionBackwardFilterWorkspaceSize(handle, x, y, convolution, w, algorithm, bytes);
        };
    }

    private static <T> T[] fill(T[] array, Function<Integer, T> element) {
        for (int i = 0; i < array.length; i++) {
            array[i] = element.apply(i);
        }
        return array;
    }

    /** Statuses are not looked at: there is nothing left to free when these fail. */
    void close() {
        cudnnDestroyTensorDescriptor(x);
        cudnnDestroyTensorDescriptor(y);
        cudnnDestroyTensorDescriptor(bias);
        cudnnDestroyFilterDescriptor(w);
        cudnnDestroyConvolutionDescriptor(convolution);
    }
}
