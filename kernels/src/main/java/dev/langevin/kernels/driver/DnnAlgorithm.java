package dev.langevin.kernels.driver;

import java.util.Set;
import jcuda.jcudnn.cudnnConvolutionBwdDataAlgo;
import jcuda.jcudnn.cudnnConvolutionBwdDataAlgoPerf;
import jcuda.jcudnn.cudnnConvolutionBwdFilterAlgo;
import jcuda.jcudnn.cudnnConvolutionBwdFilterAlgoPerf;
import jcuda.jcudnn.cudnnConvolutionFwdAlgo;
import jcuda.jcudnn.cudnnConvolutionFwdAlgoPerf;
import jcuda.jcudnn.cudnnDeterminism;

/**
 * What cuDNN says of an algorithm for one convolution.
 *
 * @param number among those of its direction
 * @param status 0 where it can be used
 * @param deterministic whether its sums have a fixed order
 * @param math which products it uses
 */
record DnnAlgorithm(int number, int status, boolean deterministic, int math) {
    // Sums of plain products. Winograd's and Fourier's round otherwise, with errors that no bound of ours covers.
    private static final Set<Integer> FORWARD = Set.of(cudnnConvolutionFwdAlgo.CUDNN_CONVOLUTION_FWD_ALGO_IMPLICIT_GEMM,
            cudnnConvolutionFwdAlgo.CUDNN_CONVOLUTION_FWD_ALGO_IMPLICIT_PRECOMP_GEMM, cudnnConvolutionFwdAlgo.CUDNN_CONVOLUTION_FWD_ALGO_GEMM,
            cudnnConvolutionFwdAlgo.CUDNN_CONVOLUTION_FWD_ALGO_DIRECT);
    private static final Set<Integer> DATA = Set.of(cudnnConvolutionBwdDataAlgo.CUDNN_CONVOLUTION_BWD_DATA_ALGO_0,
            cudnnConvolutionBwdDataAlgo.CUDNN_CONVOLUTION_BWD_DATA_ALGO_1);
    private static final Set<Integer> FILTER = Set.of(cudnnConvolutionBwdFilterAlgo.CUDNN_CONVOLUTION_BWD_FILTER_ALGO_0,
            cudnnConvolutionBwdFilterAlgo.CUDNN_CONVOLUTION_BWD_FILTER_ALGO_1, cudnnConvolutionBwdFilterAlgo.CUDNN_CONVOLUTION_BWD_FILTER_ALGO_3);

    static DnnAlgorithm of(cudnnConvolutionFwdAlgoPerf p) {
        return new DnnAlgorithm(p.algo, p.status, p.determinism == cudnnDeterminism.CUDNN_DETERMINISTIC, p.mathType);
    }

    static DnnAlgorithm of(cudnnConvolutionBwdDataAlgoPerf p) {
        return new DnnAlgorithm(p.algo, p.status, p.determinism == cudnnDeterminism.CUDNN_DETERMINISTIC, p.mathType);
    }

    static DnnAlgorithm of(cudnnConvolutionBwdFilterAlgoPerf p) {
        return new DnnAlgorithm(p.algo, p.status, p.determinism == cudnnDeterminism.CUDNN_DETERMINISTIC, p.mathType);
    }

    /** Whether it computes a convolution in that direction as a sum of plain products. */
    boolean serves(DnnConvolution.Direction direction) {
        return status == 0 && switch (direction) {
            case FORWARD -> FORWARD.contains(number);
            // The one algorithm that takes the identity for an activation.
            case FORWARD_BIAS, FORWARD_BIAS_RESIDUAL -> number == cudnnConvolutionFwdAlgo.CUDNN_CONVOLUTION_FWD_ALGO_IMPLICIT_PRECOMP_GEMM;
            case BACKWARD_DATA -> DATA.contains(number);
            case BACKWARD_FILTER -> FILTER.contains(number);
        };
    }
}
