"""The VGG16 that SSD starts from: thirteen 3x3 convolutions, and two that its fully connected layers became.

Simonyan and Zisserman, "Very Deep Convolutional Networks" (arXiv:1409.1556), configuration D; Liu et al., "SSD"
(arXiv:1512.02325), section 3: pool5 is 3x3 with stride 1, fc6 has holes, fc7 is 1x1.
"""

from torch import Tensor, nn

_STAGES = ((64, 2), (128, 2), (256, 3), (512, 3), (512, 3))
_CONV4_3 = 22  # layers are counted with their activations and poolings, as the names of the weights count them


class Vgg16(nn.Module):
    """Gives the maps of conv4_3 (512 channels, stride 8) and fc7 (1024 channels, stride 16)."""

    def __init__(self) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        before = 3
        for channels, count in _STAGES:
            for _ in range(count):
                layers += [nn.Conv2d(before, channels, 3, padding=1), nn.ReLU()]
                before = channels
            # Rounded up: the 75 rows of stage 3 become 38, not 37.
            layers.append(nn.MaxPool2d(2, stride=2, ceil_mode=True))
        layers[-1] = nn.MaxPool2d(3, stride=1, padding=1)
        layers += [nn.Conv2d(512, 1024, 3, padding=6, dilation=6), nn.ReLU(), nn.Conv2d(1024, 1024, 1), nn.ReLU()]
        self.features = nn.Sequential(*layers)

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor]:
        """Return both maps of an image (1, 3, rows, columns)."""
        conv4_3: Tensor = self.features[: _CONV4_3 + 1](image)
        fc7: Tensor = self.features[_CONV4_3 + 1 :](conv4_3)
        return conv4_3, fc7
