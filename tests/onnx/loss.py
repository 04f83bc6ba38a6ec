"""SoftmaxCrossEntropyLoss and NegativeLogLikelihoodLoss: classes are the second axis, targets are class numbers.

pycnn's losses are means, so the loss of one element is the mean over it alone; weights, ignored targets and the other
reductions are put together here from those.
"""

import numpy as np

from pycnn import ops


def softmax_cross_entropy_loss(logits, target, weights=None, *, ignore_index, reduction):
    rows = np.moveaxis(logits, 1, -1).reshape(-1, logits.shape[1])
    loss = _reduced(_cross_entropies(rows, target, ignore_index), target, weights, ignore_index, reduction)
    return loss, ops.log_softmax(logits, 1)


def negative_log_likelihood_loss(logarithms, target, weights=None, *, ignore_index, reduction):
    """The cases' inputs are no logarithms of probabilities: softmax divides by a sum, which is taken out again.

    log_softmax(x) = x - log of the sum, so x - log_softmax(x) is what the loss of x as logits has too much.
    """
    rows = np.moveaxis(logarithms, 1, -1).reshape(-1, logarithms.shape[1])
    too_much = (rows - ops.log_softmax(rows))[:, 0].reshape(target.shape)
    losses = _cross_entropies(rows, target, ignore_index)
    return _reduced(losses - too_much, target, weights, ignore_index, reduction)


def _cross_entropies(rows, target, ignore_index):
    """The loss of every element, 0 where it is ignored."""
    losses = np.zeros(target.size, rows.dtype)
    for place, (row, label) in enumerate(zip(rows, target.ravel(), strict=True)):
        if label != ignore_index:
            losses[place] = ops.sparse_categorical_crossentropy([label], [row], from_logits=True)
    return losses.reshape(target.shape)


def _reduced(losses, target, weights, ignore_index, reduction):
    ignored = np.zeros(target.shape, bool) if ignore_index is None else target == ignore_index
    each = np.ones(target.shape) if weights is None else weights[np.where(ignored, 0, target)]
    each = np.where(ignored, 0, each)
    losses = (losses * each).astype(losses.dtype)
    if reduction == "none":
        return losses
    total = losses.sum(dtype=np.float64) / (each.sum(dtype=np.float64) if reduction == "mean" else 1)
    return losses.dtype.type(total)
