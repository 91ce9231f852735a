import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { betaQuantile, binomialCdf, binomialUpperTail, incompleteBeta } from './beta.ts'
import { chiSquareCdf, chiSquareQuantile, chiSquareTail, poissonCdf, poissonUpperTail } from './chiSquare.ts'
import { logGamma, lowerGamma, upperGamma } from './gamma.ts'
import { normalCdf, normalQuantile, normalTail } from './normal.ts'
import { fisherTail, studentQuantile, studentTail } from './student.ts'

function close(actual: number, expected: number, relative = 1e-11): void {
  const error = Math.abs(actual - expected) / Math.abs(expected)
  assert.ok(error <= relative, `${actual} is not ${expected} (relative error ${error})`)
}

// Figures to twelve and more digits: mpmath 1.3 at 30 digits and scipy 1.17.1; the short ones stand in
// Abramowitz & Stegun (1964), tables 26.1, 26.7, 26.8, 26.9 and 26.10.
describe('distributions', () => {
  it('give the logarithm of the gamma function', () => {
    close(logGamma(0.1), 2.252712651734206)
    close(logGamma(0.5), 0.5723649429247001)
    close(logGamma(3.7), 1.4280723266653879)
    close(logGamma(100), 359.1342053695754)
    close(logGamma(12345), 103953.5324720479)
  })

  it('give the tails of the normal far out', () => {
    close(normalTail(1), 0.15865525393145705)
    close(normalTail(1.96), 0.024997895148220435)
    close(normalTail(3), 0.0013498980316300946)
    close(normalTail(6), 9.86587645037698e-10)
    close(normalTail(10), 7.619853024160525e-24)
    assert.equal(normalCdf(0), 0.5)
  })

  it('give the quantiles of the normal', () => {
    close(normalQuantile(1e-10), -6.361340902404056)
    close(normalQuantile(0.001), -3.090232306167813)
    close(normalQuantile(0.975), 1.959963984540054)
    close(normalQuantile(0.3), -0.5244005127080407)
    close(normalQuantile(0.995), 2.5758293035489)
  })

  it("give Student's t, also with broken degrees of freedom", () => {
    close(studentTail(8, 11), 3.266108577692354e-6)
    close(studentTail(2.5, 3.7), 0.03591101145591339)
    close(studentTail(30, 5), 3.8593243102480265e-7)
    close(studentQuantile(0.975, 1), 12.706204736174694)
    close(studentQuantile(0.975, 10), 2.228138851986274)
    close(studentQuantile(0.975, 2.5), 3.5746548420036817)
    close(studentQuantile(0.999, 30), 3.3851848668293045)
    close(studentQuantile(0.975, Number.POSITIVE_INFINITY), 1.959963984540054)
  })

  it('give chi-square, F, Poisson and binomial', () => {
    close(chiSquareQuantile(0.025, 10), 3.2469727802368396)
    close(chiSquareQuantile(0.975, 10), 20.483177350807388)
    close(chiSquareQuantile(0.01, 3), 0.11483180189911707)
    close(chiSquareTail(100, 10), 5.4497019829205215e-17)
    assert.equal(chiSquareQuantile(0.95, 10).toFixed(3), '18.307')
    close(fisherTail(3.2, 4, 17), 0.03940257036466549)
    assert.equal(fisherTail(3.326, 5, 10).toFixed(3), '0.050')
    close(poissonCdf(10, 7.5), 0.8622379834283881)
    close(poissonUpperTail(100, 60), 1.4815276326460494e-6)
    close(binomialUpperTail(17, 20, 0.5), 0.0012884140014648438)
    close(binomialCdf(3, 40, 0.2), 0.028462094459744576)
  })

  it('give the incomplete beta function and its inverse', () => {
    close(incompleteBeta(2.5, 0.5, 0.3), 0.018927124071945658)
    close(incompleteBeta(100, 200, 0.4), 0.9916844649260862)
    close(incompleteBeta(5000, 7000, 0.41), 0.06909254382011851, 1e-9)
    close(betaQuantile(3, 9, 0.025), 0.06021773417290665)
  })

  it('have quantiles that undo their distribution function', () => {
    const p = fc.double({ min: 1e-9, max: 1 - 1e-9, noNaN: true })
    const df = fc.double({ min: 0.5, max: 500, noNaN: true })
    fc.assert(fc.property(p, (q) => close(normalCdf(normalQuantile(q)), q, 1e-9)))
    fc.assert(fc.property(p, df, (q, d) => close(1 - studentTail(studentQuantile(q, d), d), q, 1e-7)))
    fc.assert(fc.property(p, df, (q, d) => close(chiSquareCdf(chiSquareQuantile(q, d), d), q, 1e-7)))
  })

  it('have two tails that add up to one', () => {
    const positive = fc.double({ min: 0.01, max: 200, noNaN: true })
    fc.assert(fc.property(positive, positive, (a, x) => close(lowerGamma(a, x) + upperGamma(a, x), 1)))
    const share = fc.double({ min: 0, max: 1, noNaN: true })
    fc.assert(
      fc.property(positive, positive, share, (a, b, x) =>
        close(incompleteBeta(a, b, x) + incompleteBeta(b, a, 1 - x, x), 1),
      ),
    )
  })
})
