"""What a layer is: parameters, shapes, kernels, twins and exact values, and the kinds there are."""
