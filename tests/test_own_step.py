"""Steps of one's own: `train_step` and `test_step` overridden, and the parts that they are made of."""

import numpy as np
import pytest

from pycnn import Input, Model, Sequential, layers, optimizers

X = np.random.default_rng(1).normal(size=(10, 3)).astype("float32")
Y = X @ np.array([[1.0], [-2.0], [0.5]], "float32")


def outputs_of(inputs):
    hidden = layers.Dense(4, activation="tanh", kernel_initializer="ones", kernel_regularizer="l2")(inputs)
    return layers.Dense(1, kernel_initializer="ones")(hidden)


class InParts(Model):
    """What `fit` does anyway, part by part."""

    def train_step(self, data):
        x, y = data
        y_pred = self.begin_step(x)
        loss, dy = self.loss_and_gradient(y, y_pred)
        self.backward(dy)
        self.apply_gradients()
        return self.compute_metrics(y, y_pred, loss)


def trained(kind, **compiled):
    inputs = Input((3,))
    model = kind(inputs, outputs_of(inputs))
    model.compile(**{"optimizer": optimizers.SGD(0.05, momentum=0.9), "loss": "mse", "metrics": ["mae"], **compiled})
    model.seed = 3
    return model, model.fit(X, Y, batch_size=4, epochs=3, verbose=0, validation_data=(X, Y)).history


def test_the_parts_are_the_step():
    (whole, expected), (parts, found) = trained(Model), trained(InParts)
    assert found.keys() == expected.keys()
    for name in expected:
        np.testing.assert_allclose(found[name], expected[name], rtol=1e-5)
    for one, other in zip(whole.get_weights(), parts.get_weights(), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5)
    default = Model.train_step
    assert isinstance(parts, InParts) and type(parts).train_step is not default


def test_the_default_step_is_the_step():
    class Default(Model):
        def train_step(self, data):
            return super().train_step(data)

        def test_step(self, data):
            return super().test_step(data)

    (_, expected), (_, found) = trained(Model), trained(Default)
    for name in expected:
        np.testing.assert_allclose(found[name], expected[name], rtol=1e-5)


def test_a_step_with_weights_of_samples():
    seen = []

    class Watching(Sequential):
        def train_step(self, data):
            seen.append([np.shape(part) for part in data])
            return super().train_step(data)

    model = Watching([Input((3,)), layers.Dense(1)])
    model.compile("sgd", "mse", weighted_metrics=["mae"])
    history = model.fit(X, Y, batch_size=5, sample_weight=np.arange(10.0), verbose=0).history
    assert seen == [[(5, 3), (5, 1), (5,)]] * 2 and set(history) == {"loss", "mae"}


def test_a_step_may_show_what_it_likes_and_need_no_loss():
    class Adversary(Model):
        def train_step(self, data):
            x, _ = data
            y_pred = self.begin_step(x)
            self.backward(np.sign(y_pred) / len(x))
            self.apply_gradients()
            return {"size": float(np.abs(y_pred).mean())}

    inputs = Input((3,))
    model = Adversary(inputs, layers.Dense(1)(inputs))
    model.compile(optimizers.SGD(0.1))
    sizes = model.fit(X, Y, epochs=20, verbose=0).history["size"]
    assert sizes[-1] < 0.5 * sizes[0]


def test_refused():
    inputs = Input((3,))
    model = InParts(inputs, outputs_of(inputs))
    model.compile("sgd", "mse")
    with pytest.raises(ValueError, match=r"\[backward\] a step must have been begun; got none"):
        model.backward(np.ones((2, 1)))
    model.begin_step(X)
    with pytest.raises(ValueError, match=r"\[backward\] dy must have shape \(10, 1\); got dy.shape=\(9, 1\)"):
        model.backward(np.ones((9, 1)))
    with pytest.raises(ValueError, match=r"\[loss_and_gradient\] y must have shape"):
        model.loss_and_gradient(np.ones((9, 1)), np.ones((10, 1)))
