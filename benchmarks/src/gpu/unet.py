"""Langevin's ScoreUNet in PyTorch, for peer.py. Names of the weights are those of Langevin's files."""

import math

import torch
import torch.nn as nn
import torch.nn.functional as F


class ResBlock(nn.Module):
    def __init__(self, inp, out, c):
        super().__init__()
        self.norm1 = nn.GroupNorm(c["groups"], inp)
        self.conv1 = nn.Conv2d(inp, out, 3, padding=1)
        self.time_mlp = nn.ModuleDict({"1": nn.Linear(c["timeEmbedding"], out)})
        self.norm2 = nn.GroupNorm(c["groups"], out)
        self.dropout = c["dropout"]
        self.conv2 = nn.Conv2d(out, out, 3, padding=1)
        if inp != out:
            self.skip = nn.Conv2d(inp, out, 1)

    def forward(self, x, embedding):
        h = self.conv1(F.silu(self.norm1(x)))
        h = h + self.time_mlp["1"](embedding)[:, :, None, None]
        h = F.silu(self.norm2(h))
        if self.dropout > 0:
            h = F.dropout(h, self.dropout, self.training)
        return self.conv2(h) + (self.skip(x) if hasattr(self, "skip") else x)


class Attention(nn.Module):
    def __init__(self, channels, c):
        super().__init__()
        self.norm = nn.GroupNorm(c["groups"], channels)
        self.qkv = nn.Conv2d(channels, 3 * channels, 1)
        self.proj = nn.Conv2d(channels, channels, 1)
        self.heads = c["heads"]

    def forward(self, x):
        n, c, h, w = x.shape
        qkv = self.qkv(self.norm(x)).permute(0, 2, 3, 1).reshape(n, h * w, 3, self.heads, c // self.heads)
        q, k, v = qkv.permute(2, 0, 3, 1, 4).unbind(0)  # (N, heads, T, d)
        y = F.scaled_dot_product_attention(q, k, v)
        y = y.transpose(1, 2).reshape(n, h, w, c).permute(0, 3, 1, 2)
        return x + self.proj(y)


class TimeEmbedding(nn.Module):
    def __init__(self, c):
        super().__init__()
        half = c["baseChannels"] // 2
        self.scale = c["timeScale"]
        self.mlp = nn.ModuleDict({"0": nn.Linear(2 * half, c["timeEmbedding"]), "2": nn.Linear(c["timeEmbedding"], c["timeEmbedding"])})
        f = [math.exp(-i * math.log(10000) / max(1, half - 1)) for i in range(half)]
        self.register_buffer("frequencies", torch.tensor(f), persistent=False)

    def forward(self, t):
        angle = (t * self.scale)[:, None] * self.frequencies
        return self.mlp["2"](F.silu(self.mlp["0"](torch.cat([angle.sin(), angle.cos()], 1))))


class UNet(nn.Module):
    def __init__(self, c, memory_format):
        super().__init__()
        self.memory_format = memory_format
        known = (c["conditioning"] == "shift" and c["upsampling"] == "transposed" and c["middleAttention"]
                 and not c["attention"] and c["timeFeatures"] == "sinusoidal")
        if not known:
            raise ValueError("only U-Nets with sinusoidal times added as a shift, transposed upsampling and attention "
                             "in the middle alone are written for PyTorch")
        mults, blocks, ch = c["channelMults"], c["resBlocks"], c["baseChannels"]
        self.blocks, self.levels = blocks, len(mults)
        self.time_emb = TimeEmbedding(c)
        self.init_conv = nn.Conv2d(c["channels"], ch, 3, padding=1)
        self.encoder, self.downsample, self.decoder, self.upsample = (nn.ModuleList() for _ in range(4))
        skips = [ch]
        for level, mult in enumerate(mults):
            out = c["baseChannels"] * mult
            for _ in range(blocks):
                self.encoder.append(ResBlock(ch, out, c))
                ch = out
                skips.append(ch)
            if level < len(mults) - 1:
                self.downsample.append(nn.Conv2d(ch, ch, 3, stride=2, padding=1))
                skips.append(ch)
        self.middle = nn.ModuleList([ResBlock(ch, ch, c), Attention(ch, c), ResBlock(ch, ch, c)])
        for level in reversed(range(len(mults))):
            out = c["baseChannels"] * mults[level]
            for _ in range(blocks + 1):
                self.decoder.append(ResBlock(ch + skips.pop(), out, c))
                ch = out
            if level > 0:
                self.upsample.append(nn.ConvTranspose2d(ch, ch, 4, stride=2, padding=1))
        self.out_norm = nn.GroupNorm(c["groups"], ch)
        self.out_conv = nn.Conv2d(ch, c["channels"], 3, padding=1)

    def forward(self, x, t):
        embedding = F.silu(self.time_emb(t))
        # An image of one channel has no layout; what comes out of it must.
        h = self.init_conv(x).contiguous(memory_format=self.memory_format)
        skips = [h]
        for i, block in enumerate(self.encoder):
            h = block(h, embedding)
            skips.append(h)
            level = i // self.blocks
            if (i + 1) % self.blocks == 0 and level < self.levels - 1:
                h = self.downsample[level](h)
                skips.append(h)
        h = self.middle[2](self.middle[1](self.middle[0](h, embedding)), embedding)
        for i, block in enumerate(self.decoder):
            h = block(torch.cat([h, skips.pop()], 1), embedding)
            up = i // (self.blocks + 1)
            if (i + 1) % (self.blocks + 1) == 0 and up < self.levels - 1:
                h = self.upsample[up](h)
        return self.out_conv(F.silu(self.out_norm(h)))
